package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/enroll-project/enroll/internal/awsrole"
	"github.com/enroll-project/enroll/internal/settings"
)

// newRole returns the keys of the role for a sender in a region, or nil if the sender has an access key of its own. The
// variables are those that AWS sets in its containers, under AWS's names. They are read only if ENROLL_AWS_ROLE says
// so: a process on AWS often has them for another purpose. Each sender has keys of its own, which it closes.
func newRole(
	c settings.Config, keyID, region string, getenv func(string) string, log *slog.Logger,
) (aws.CredentialsProvider, error) {
	// A nil pointer in an interface would not be nil, so this is the only place that returns no role.
	if keyID != "" || c.AWSRole == "" {
		return nil, nil
	}
	// Package settings has refused a role that no sender would use, and checked the name of the source.
	source, err := roleSource(c.AWSRole, region, getenv)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_AWS_ROLE=%s: %w", c.AWSRole, err)
	}
	// The logger is that of the service, because a renewal belongs to no request.
	// The clock is that of the process: AWS ends the keys by its own.
	keys, err := awsrole.New(awsrole.Config{Source: source, Log: log})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_AWS_ROLE=%s: %w", c.AWSRole, err)
	}
	return keys, nil
}

// roleSource returns the source of a value of ENROLL_AWS_ROLE. Its errors name the variable that is missing.
// AWS_PROFILE and the files of AWS's command line are not read: they are a person's, and their keys may do more.
func roleSource(kind, region string, getenv func(string) string) (awsrole.Source, error) {
	switch kind {
	case "web-identity":
		// AWS's log of calls has the session's name. A pod may set it, to tell deployments apart.
		source := awsrole.WebIdentity{
			RoleARN: getenv("AWS_ROLE_ARN"), TokenFile: getenv("AWS_WEB_IDENTITY_TOKEN_FILE"),
			Session: cmp.Or(getenv("AWS_ROLE_SESSION_NAME"), "enroll"),
		}
		// The endpoint of a region answers if another region is down. EKS names the cluster's region.
		near := cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"), region)
		source.Endpoint = cmp.Or(getenv("AWS_ENDPOINT_URL_STS"), "https://sts."+near+".amazonaws.com")
		if source.RoleARN == "" || source.TokenFile == "" {
			return nil, errors.New("AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE must be set; EKS does it for a service " +
				"account with the annotation eks.amazonaws.com/role-arn")
		}
		return source, nil
	// Both services set a token or the file with one, and a task of ECS may have neither.
	case "container":
		source := awsrole.Container{
			URL:   getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
			Token: getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"), TokenFile: getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
		}
		// The agent of EKS has a full address, and that of ECS a path at a fixed one.
		// If both are set, the relative one counts, as in AWS's SDKs.
		if path := getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
			source.URL = "http://169.254.170.2" + path
		}
		if source.URL == "" {
			return nil, errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must be set; " +
				"ECS and EKS Pod Identity do it")
		}
		return source, nil
	}
	// A container on EC2 reaches the service only if the machine's hop limit is two or more.
	// No setting names the role: the machine has one at most.
	return awsrole.Instance{
		Endpoint: cmp.Or(getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "http://169.254.169.254"),
	}, nil
}
