package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/engine"
	"helm.sh/helm/v4/pkg/strvals"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigs "sigs.k8s.io/yaml"
)

const dir = "../../deploy/helm/enroll"

// objects are the objects that the chart makes, by kind and name.
type objects map[string]any

// kinds are the API's own types of what the chart may make.
var kinds = map[string]func() any{
	"apps/v1 Deployment":                      func() any { return new(apps.Deployment) },
	"autoscaling/v2 HorizontalPodAutoscaler":  func() any { return new(autoscaling.HorizontalPodAutoscaler) },
	"batch/v1 Job":                            func() any { return new(batch.Job) },
	"monitoring.coreos.com/v1 ServiceMonitor": func() any { return new(monitoring.ServiceMonitor) },
	"networking.k8s.io/v1 NetworkPolicy":      func() any { return new(networking.NetworkPolicy) },
	"policy/v1 PodDisruptionBudget":           func() any { return new(policy.PodDisruptionBudget) },
	"v1 ConfigMap":                            func() any { return new(core.ConfigMap) },
	"v1 Service":                              func() any { return new(core.Service) },
	"v1 ServiceAccount":                       func() any { return new(core.ServiceAccount) },
}

// render renders the chart without a cluster. It decodes each object strictly: an unknown
// or repeated field is an error.
func render(values map[string]any) (objects, error) {
	c, err := load(dir, "v0.1.0")
	if err != nil {
		return nil, err
	}
	release := common.ReleaseOptions{Name: "accounts", Namespace: "web", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(c, values, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{Strict: true}.Render(c, all)
	if err != nil {
		return nil, err
	}
	made := objects{}
	for name, text := range files {
		if path.Ext(name) != ".yaml" {
			continue
		}
		if err := made.add(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return made, nil
}

func (o objects) add(text string) error {
	documents := yaml.NewDocumentDecoder(io.NopCloser(strings.NewReader(text)))
	defer documents.Close()
	buffer := make([]byte, 1<<20)
	for {
		n, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		document := buffer[:n]
		var head struct {
			meta.TypeMeta `json:",inline"`
			Metadata      struct{ Name string }
		}
		if err := sigs.Unmarshal(document, &head); err != nil {
			return err
		}
		if head.Kind == "" { // a template that makes nothing
			continue
		}
		decode := kinds[head.APIVersion+" "+head.Kind]
		if decode == nil {
			return fmt.Errorf("%s %s is not expected", head.APIVersion, head.Kind)
		}
		object := decode()
		if err := sigs.UnmarshalStrict(document, object); err != nil {
			return fmt.Errorf("%s %s: %w", head.Kind, head.Metadata.Name, err)
		}
		key := head.Kind + "/" + head.Metadata.Name
		if o[key] != nil {
			return fmt.Errorf("%s is made twice", key)
		}
		o[key] = object
	}
}

// sets are the values of testdata by name.
func sets(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d value sets, %v", len(files), err)
	}
	all := map[string]map[string]any{}
	for _, file := range files {
		values, err := common.ReadValuesFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = values
	}
	return all
}

func rendered(t *testing.T, values map[string]any) objects {
	t.Helper()
	made, err := render(values)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func object[T any](t *testing.T, made objects, key string) T {
	t.Helper()
	one, ok := made[key].(T)
	if !ok {
		t.Fatalf("no %s in %q", key, slices.Sorted(maps.Keys(made)))
	}
	return one
}

func TestLint(t *testing.T) {
	t.Parallel()
	for name, values := range sets(t) {
		found := lint.RunAll(dir, values, "web")
		for _, message := range found.Messages {
			// The icon is for catalogues.
			if !strings.Contains(message.Error(), "icon is recommended") {
				t.Errorf("%s: %s", name, message.Error())
			}
		}
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	always := []string{
		"Deployment/accounts-enroll", "Job/accounts-enroll-migrate", "PodDisruptionBudget/accounts-enroll",
		"Service/accounts-enroll", "Service/accounts-enroll-operations",
	}
	const policy, scaler = "NetworkPolicy/accounts-enroll", "HorizontalPodAutoscaler/accounts-enroll"
	more := map[string][]string{
		"minimal": {policy}, "pinned": nil, "autoscaled": {policy, scaler},
		"monitored": {policy, "ServiceMonitor/accounts-enroll"}, "senders": {policy}, "rotated": {policy},
		"words": {policy, "ConfigMap/accounts-enroll-templates"}, "words-named": {policy},
		"receipts": {policy},
	}
	for name, values := range sets(t) {
		got := slices.Sorted(maps.Keys(rendered(t, values)))
		want := slices.Sorted(slices.Values(slices.Concat(always, more[name])))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// With all sets of values, a pod has only the rights that it needs and sees only its own secrets.
func TestPods(t *testing.T) {
	t.Parallel()
	for name, values := range sets(t) {
		made := rendered(t, values)
		replica := object[*apps.Deployment](t, made, "Deployment/accounts-enroll")
		job := object[*batch.Job](t, made, "Job/accounts-enroll-migrate")
		if (replica.Spec.Replicas == nil) != (name == "autoscaled") {
			t.Errorf("%s: replicas are set to %v", name, replica.Spec.Replicas)
		}
		pods := map[string]core.PodSpec{"replica": replica.Spec.Template.Spec, "migration": job.Spec.Template.Spec}
		for part, pod := range pods {
			t.Run(name+" "+part, func(t *testing.T) {
				confined(t, pod)
				want := map[string]string{"replica": "enroll-app", "migration": "enroll-owner"}[part]
				if name == "rotated" {
					want = map[string]string{"replica": "accounts-enroll", "migration": "accounts-enroll-owner"}[part]
				}
				secret := pod.Volumes[0].Secret
				if secret.SecretName != want {
					t.Errorf("sees the secret %s, not %s", secret.SecretName, want)
				}
				owner := slices.ContainsFunc(secret.Items, func(i core.KeyToPath) bool { return i.Key == "owner.url" })
				if owner != (part == "migration") || owner && len(secret.Items) != 1 {
					t.Errorf("sees %v", secret.Items)
				}
			})
		}
	}
}

// confined fails the test if a pod has more rights than it needs.
func confined(t *testing.T, pod core.PodSpec) {
	t.Helper()
	container := pod.Containers[0]
	security := container.SecurityContext
	switch {
	case len(pod.Containers) != 1:
		t.Errorf("%d containers", len(pod.Containers))
	case pod.EnableServiceLinks == nil || *pod.EnableServiceLinks:
		t.Error("variables of services would be settings of unknown names")
	case pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken:
		t.Error("has a token of the cluster")
	case *pod.SecurityContext.RunAsUser != 65532 || !*pod.SecurityContext.RunAsNonRoot:
		t.Error("does not run as the image's user")
	case pod.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault:
		t.Error("has no seccomp profile")
	case *security.AllowPrivilegeEscalation || !*security.ReadOnlyRootFilesystem:
		t.Error("may gain privileges, or write")
	case !slices.Equal(security.Capabilities.Drop, []core.Capability{"ALL"}) || security.Capabilities.Add != nil:
		t.Error("keeps capabilities")
	case container.Resources.Limits.Memory().IsZero():
		t.Error("has no memory limit")
	}
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	for name, values := range sets(t) {
		made := rendered(t, values)
		replica := object[*apps.Deployment](t, made, "Deployment/accounts-enroll").Spec
		job := object[*batch.Job](t, made, "Job/accounts-enroll-migrate").Spec
		budget := object[*policy.PodDisruptionBudget](t, made, "PodDisruptionBudget/accounts-enroll")
		selectors := map[string]map[string]string{
			"deployment": replica.Selector.MatchLabels,
			"budget":     budget.Spec.Selector.MatchLabels,
			"api":        object[*core.Service](t, made, "Service/accounts-enroll").Spec.Selector,
			"operations": object[*core.Service](t, made, "Service/accounts-enroll-operations").Spec.Selector,
			"spread":     replica.Template.Spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels,
		}
		if made["NetworkPolicy/accounts-enroll"] != nil {
			rules := object[*networking.NetworkPolicy](t, made, "NetworkPolicy/accounts-enroll")
			selectors["policy"] = rules.Spec.PodSelector.MatchLabels
		}
		for what, selector := range selectors {
			chosen := labels.SelectorFromSet(selector)
			if !chosen.Matches(labels.Set(replica.Template.Labels)) || chosen.Matches(labels.Set(job.Template.Labels)) {
				t.Errorf("%s: %s selects by %v: replicas %v, migration %v", name, what, selector,
					chosen.Matches(labels.Set(replica.Template.Labels)), chosen.Matches(labels.Set(job.Template.Labels)))
			}
		}
		if made["ServiceMonitor/accounts-enroll"] == nil {
			continue
		}
		monitor := object[*monitoring.ServiceMonitor](t, made, "ServiceMonitor/accounts-enroll").Spec
		chosen := labels.SelectorFromSet(monitor.Selector.MatchLabels)
		if chosen.Matches(labels.Set(object[*core.Service](t, made, "Service/accounts-enroll").Labels)) ||
			!chosen.Matches(labels.Set(object[*core.Service](t, made, "Service/accounts-enroll-operations").Labels)) {
			t.Errorf("%s: the monitor selects by %v", name, monitor.Selector.MatchLabels)
		}
	}
}

// Ports and probes go by name, and only health and metrics are closed by default.
func TestPorts(t *testing.T) {
	t.Parallel()
	made := rendered(t, sets(t)["minimal"])
	container := object[*apps.Deployment](t, made, "Deployment/accounts-enroll").Spec.Template.Spec.Containers[0]
	ports := map[string]int32{}
	for _, port := range container.Ports {
		ports[port.Name] = port.ContainerPort
	}
	if !maps.Equal(ports, map[string]int32{"api": 8080, "operations": 9090}) {
		t.Errorf("ports %v", ports)
	}
	probes := map[string]*core.Probe{"/livez": container.LivenessProbe, "/readyz": container.ReadinessProbe}
	for want, probe := range probes {
		if get := probe.HTTPGet; get.Path != want || get.Port.StrVal != "operations" {
			t.Errorf("%s is asked at %s %s", want, get.Port.String(), get.Path)
		}
	}
	rules := object[*networking.NetworkPolicy](t, made, "NetworkPolicy/accounts-enroll").Spec
	if len(rules.Ingress) != 1 || rules.Ingress[0].Ports[0].Port.StrVal != "api" || len(rules.PolicyTypes) != 1 {
		t.Errorf("open by default: %+v", rules)
	}
	made = rendered(t, sets(t)["monitored"])
	rules = object[*networking.NetworkPolicy](t, made, "NetworkPolicy/accounts-enroll").Spec
	if len(rules.Ingress) != 2 || rules.Ingress[1].Ports[0].Port.StrVal != "operations" ||
		len(rules.Ingress[1].From) != 1 || len(rules.Egress) != 2 || len(rules.PolicyTypes) != 2 {
		t.Errorf("monitored: %+v", rules)
	}
	made = rendered(t, sets(t)["receipts"])
	rules = object[*networking.NetworkPolicy](t, made, "NetworkPolicy/accounts-enroll").Spec
	if len(rules.Ingress) != 2 || rules.Ingress[1].Ports[0].Port.StrVal != "receipts" || len(rules.Ingress[1].From) != 1 {
		t.Errorf("receipts: %+v", rules)
	}
	service := object[*core.Service](t, made, "Service/accounts-enroll").Spec
	if len(service.Ports) != 2 || service.Ports[1].TargetPort.StrVal != "receipts" {
		t.Errorf("receipts: %+v", service.Ports)
	}
}

// The release binary accepts the settings and files that the chart gives it.
func TestProgramTakesTheSettings(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "enroll")
	build := exec.Command("go", "build", "-tags", "release", "-o", binary, "./cmd/enroll")
	build.Dir = "../.."
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, values := range sets(t) {
		made := rendered(t, values)
		pod := object[*apps.Deployment](t, made, "Deployment/accounts-enroll").Spec.Template.Spec
		settings := mounted(t, binary, made, pod)
		if out, err := run(binary, settings, "config"); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		showWords(t, name, binary, settings)
		pod = object[*batch.Job](t, made, "Job/accounts-enroll-migrate").Spec.Template.Spec
		settings = mounted(t, binary, made, pod)
		// The program accepts the settings and then fails to connect, because there is no database.
		out, err := run(binary, settings, pod.Containers[0].Args...)
		if err == nil || !strings.Contains(out, "connection refused") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// showWords fails the test if the program does not send the words of a set of values.
func showWords(t *testing.T, name, binary string, settings []string) {
	t.Helper()
	shown := map[string]map[string]string{
		"words": {
			"--locale en sms-code": "Shop: 123456 is your code.", "--locale en --site 2 sms-code": "for site two.",
			"--locale zh-CN sms-code": "【Shop】验证码 123456",
			"--locale en mail-verify": `Your code: "at once"`, "--locale en mail-verify --json": "– <b>10</b>",
		},
		"words-named": {"--locale en sms-code": "en/sms-code.txt", "--locale zh-CN sms-code": "zh-CN/sms-code.txt"},
	}
	for args, want := range shown[name] {
		out, err := run(binary, settings, append([]string{"template", "show"}, strings.Fields(args)...)...)
		var plain bytes.Buffer
		if json.Indent(&plain, []byte(out), "", "") == nil { // < and > are escaped in JSON
			out = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(plain.String())
		}
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%s, template show %s: %v\n%s", name, args, err, out)
		}
	}
}

func run(binary string, settings []string, args ...string) (string, error) {
	command := exec.Command(binary, args...)
	command.Env = settings
	out, err := command.CombinedOutput()
	return string(out), err
}

// mounted makes the files that a pod sees in a folder of its own, and returns its variables with that folder's paths.
func mounted(t *testing.T, binary string, made objects, pod core.PodSpec) []string {
	t.Helper()
	root := t.TempDir()
	keys := filepath.Join(root, "keys")
	if out, err := run(binary, nil, "keygen", keys); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	contents := func(key string) []byte {
		switch {
		case strings.HasPrefix(key, "token-key"):
			return read(t, filepath.Join(keys, "token-key.pem"))
		case key == "secret":
			return read(t, filepath.Join(keys, "secret"))
		case strings.HasSuffix(key, ".url"):
			return []byte("postgres://enroll:p@127.0.0.1:1/enroll")
		case key == "webhook":
			return []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		case key == "twilio" || key == "token":
			return []byte("0123456789abcdef0123456789abcdef")
		case key == "receiver":
			return []byte("https://sms.example.com/send")
		case key == "url":
			return []byte("smtps://user:p@mail.example.com")
		}
		t.Fatalf("no secret has the key %q", key)
		return nil
	}
	for _, mount := range pod.Containers[0].VolumeMounts {
		for _, volume := range pod.Volumes {
			if volume.Name != mount.Name {
				continue
			}
			items := []core.KeyToPath{}
			switch {
			case volume.ConfigMap != nil:
				mountWords(t, filepath.Join(root, mount.MountPath), made, volume.ConfigMap)
			case volume.Secret != nil:
				items = volume.Secret.Items
			default:
				for _, source := range volume.Projected.Sources {
					items = append(items, source.Secret.Items...)
				}
			}
			for _, item := range items {
				file := filepath.Join(root, mount.MountPath, item.Path)
				err := os.MkdirAll(filepath.Dir(file), 0o700)
				if err := errors.Join(err, os.WriteFile(file, contents(item.Key), 0o400)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var settings []string
	for _, variable := range pod.Containers[0].Env {
		settings = append(settings, variable.Name+"="+strings.ReplaceAll(variable.Value, "/run/", root+"/run/"))
	}
	return settings
}

// mountWords makes the files of a ConfigMap as the kubelet does: in a folder with a date, behind two links.
func mountWords(t *testing.T, folder string, made objects, volume *core.ConfigMapVolumeSource) {
	t.Helper()
	data := map[string]string{"english": "{code} is your code.", "chinese.txt": "验证码 {code}"}
	if volume.Name != "shop-words" {
		data = object[*core.ConfigMap](t, made, "ConfigMap/"+volume.Name).Data
	}
	const dated = "..2026_11_30_12_00_00.1"
	for _, item := range volume.Items {
		text, ok := data[item.Key]
		if !ok {
			t.Fatalf("the ConfigMap %s has no key %s", volume.Name, item.Key)
		}
		file := filepath.Join(folder, dated, item.Path)
		err := os.MkdirAll(filepath.Dir(file), 0o700)
		if err := errors.Join(err, os.WriteFile(file, []byte(text), 0o400)); err != nil {
			t.Fatal(err)
		}
		top, _, _ := strings.Cut(item.Path, "/")
		err = os.Symlink(filepath.Join("..data", top), filepath.Join(folder, top))
		if err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	if len(volume.Items) != len(data) {
		t.Errorf("%d of %d keys of the ConfigMap %s are mounted", len(volume.Items), len(data), volume.Name)
	}
	if err := os.Symlink(dated, filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSchema: a wrong value is refused before anything is installed, and the error names the value.
func TestSchema(t *testing.T) {
	t.Parallel()
	for wrong, want := range map[string]string{
		`image: {}`: "image",
		`{image: {repository: r, digest: "sha256:12"}}`:                                           "digest",
		`{image: {repository: "r:v1"}}`:                                                           "repository",
		`{image: {repository: r}, replica: 3}`:                                                    "replica",
		`{image: {repository: r}, replicas: 0}`:                                                   "replicas",
		`{image: {repository: r}, secrets: {tokenKeys: []}}`:                                      "tokenKeys",
		`{image: {repository: r}, settings: {SMS: log}}`:                                          "SMS",
		`{image: {repository: r}, settings: {ENROLL_SECRET: s3cr3t}}`:                             "ENROLL_SECRET",
		`{image: {repository: r}, settings: {ENROLL_SMTP_URL: "smtp://u:s3cr3t@h"}}`:              "ENROLL_SMTP_URL",
		`{image: {repository: r}, settings: {ENROLL_MAIL_SES_SECRET_KEY: s}}`:                     "SES_SECRET_KEY",
		`{image: {repository: r}, settings: {ENROLL_SITEVERIFY_SECRET: s3cr3t}}`:                  "ENROLL_SITEVERIFY_SECRET",
		`{image: {repository: r}, settings: {ENROLL_SECRET_FILE: /tmp/s}}`:                        "ENROLL_SECRET_FILE",
		`{image: {repository: r}, settings: {ENROLL_ADDR: ":80"}}`:                                "ENROLL_ADDR",
		`{image: {repository: r}, secretSettings: [{setting: ENROLL_SECRET, secret: s, key: k}]}`: "setting",
		`{image: {repository: r}, resources: {limits: {memory: null}}}`:                           "memory",
		`{image: {repository: r}, templates: {files: {en/sms-code: x}}}`:                          "en/sms-code",
		`{image: {repository: r}, templates: {files: {../en/sms-code.txt: x}}}`:                   "../en",
		`{image: {repository: r}, templates: {files: {en/sms-code.txt: ""}}}`:                     "sms-code",
		`{image: {repository: r}, serviceAccount: {annotations: {a: b}, name: c}}`:                "serviceAccount",
		`{image: {repository: r}, templates: {configMap: words}}`:                                 "items",
		`{image: {repository: r}, templates: {items: {en/sms-code.txt: english}}}`:                "configMap",
		`{image: {repository: r}, templates: {files: {en/sms-code.txt: x}, configMap: words}}`:    "templates",
		`{image: {repository: r}, templates: {configMap: words, items: {en/sms-code.txt: a/b}}}`:  "sms-code",
		`{image: {repository: r}, templates: {folder: /etc}}`:                                     "folder",
		`{image: {repository: r}, settings: {ENROLL_TEMPLATES: /etc}}`:                            "ENROLL_TEMPLATES",
		`{image: {repository: r}, autoscaling: {busyHashers: lots}}`:                              "busyHashers",
	} {
		values := map[string]any{}
		if err := sigs.Unmarshal([]byte(wrong), &values); err != nil {
			t.Fatal(err)
		}
		_, err := render(values)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", wrong, err)
		} else if strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: the refusal repeats the secret: %v", wrong, err)
		}
	}
}

// A secret setting of docs/settings.md is refused among the open ones.
func TestSecretsAreKnown(t *testing.T) {
	t.Parallel()
	secrets := 0
	for line := range strings.Lines(string(read(t, "../../docs/settings.md"))) {
		_, rest, ok := strings.Cut(line, "or `ENROLL_")
		name, _, isFile := strings.Cut(rest, "_FILE`")
		if !ok || !isFile {
			continue
		}
		secrets++
		values := map[string]any{
			"image": map[string]any{"repository": "r"}, "settings": map[string]any{"ENROLL_" + name: "x"},
		}
		if _, err := render(values); err == nil {
			t.Errorf("ENROLL_%s is taken among the open settings", name)
		}
	}
	if secrets < 5 {
		t.Fatalf("%d secret settings in docs/settings.md, want at least 5", secrets)
	}
}

// TestWordsFromFiles follows docs/kubernetes.md: the options of its command are read as Helm reads them, with the files
// of deploy/templates.
func TestWordsFromFiles(t *testing.T) {
	t.Parallel()
	values := map[string]any{"image": map[string]any{"repository": "r"}}
	page := string(read(t, "../../docs/kubernetes.md"))
	options := regexp.MustCompile(`--set-file '([^']+)'`).FindAllStringSubmatch(page, -1)
	for _, option := range options {
		err := strvals.ParseIntoFile(option[1], values, func(file []rune) (any, error) {
			return string(read(t, "../../deploy/"+string(file))), nil
		})
		if err != nil {
			t.Errorf("%s: %v", option[1], err)
		}
	}
	words := object[*core.ConfigMap](t, rendered(t, values), "ConfigMap/accounts-enroll-templates")
	for _, file := range []string{"en/sms-code.txt", "zh-CN/sms-code.txt"} {
		want := string(read(t, "../../deploy/templates/"+file))
		if got := words.Data[strings.ReplaceAll(file, "/", ".")]; got != want || len(words.Data) != len(options) {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
}

// TestChangedWords: another text replaces the pods, which read the files at their start only, and the same does not.
func TestChangedWords(t *testing.T) {
	t.Parallel()
	annotations := func(text string) map[string]string {
		values := map[string]any{"image": map[string]any{"repository": "r"}}
		if text != "" {
			values["templates"] = map[string]any{"files": map[string]any{"en/sms-code.txt": text}}
		}
		made := rendered(t, values)
		return object[*apps.Deployment](t, made, "Deployment/accounts-enroll").Spec.Template.Annotations
	}
	none, one, again, other := annotations(""), annotations("{code}"), annotations("{code}"), annotations("{code}.")
	if len(none) != 1 || !maps.Equal(one, again) || maps.Equal(one, other) || len(one) != 2 {
		t.Errorf("%v, %v, %v, %v", none, one, again, other)
	}
}

func TestPack(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	file, err := pack(dir, out, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(file) != "enroll-1.2.3.tgz" {
		t.Errorf("%s", file)
	}
	packed, err := load(file, "v1.2.3")
	if err != nil || packed.Metadata.AppVersion != "v1.2.3" || !bytes.Contains(packed.Schema, []byte("tokenKeys")) {
		t.Errorf("%v %+v", err, packed.Metadata)
	}
	if _, err := pack(dir, out, "latest"); err == nil {
		t.Error("latest is taken for a version")
	}
}
