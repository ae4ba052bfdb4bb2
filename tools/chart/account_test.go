package main

import (
	"testing"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

// TestServiceAccount: the replicas have the account with the annotations, or the one with the name, and the migration
// has neither. No pod gets a token for the Kubernetes API.
func TestServiceAccount(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:iam::111122223333:role/enroll"
	for name, c := range map[string]struct {
		values map[string]any
		want   string
	}{
		"none":  {map[string]any{}, ""},
		"named": {map[string]any{"name": "aws"}, "aws"},
		"made": {map[string]any{"annotations": map[string]any{"eks.amazonaws.com/role-arn": arn}},
			"accounts-enroll"},
	} {
		made := rendered(t, map[string]any{"image": map[string]any{"repository": "r"}, "serviceAccount": c.values})
		pod := object[*apps.Deployment](t, made, "Deployment/accounts-enroll").Spec.Template.Spec
		if pod.ServiceAccountName != c.want || *pod.AutomountServiceAccountToken {
			t.Errorf("%s: the replicas have the account %q", name, pod.ServiceAccountName)
		}
		job := object[*batch.Job](t, made, "Job/accounts-enroll-migrate").Spec.Template.Spec
		if job.ServiceAccountName != "" {
			t.Errorf("%s: the migration has the account %q", name, job.ServiceAccountName)
		}
		if (made["ServiceAccount/accounts-enroll"] != nil) != (name == "made") {
			t.Errorf("%s: %v", name, made["ServiceAccount/accounts-enroll"])
		}
		if name != "made" {
			continue
		}
		account := object[*core.ServiceAccount](t, made, "ServiceAccount/accounts-enroll")
		if account.Annotations["eks.amazonaws.com/role-arn"] != arn || *account.AutomountServiceAccountToken {
			t.Errorf("%v", account)
		}
	}
}
