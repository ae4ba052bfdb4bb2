{{/* The name of all objects. */}}
{{- define "enroll.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* The labels that select the replicas. They never change: a Deployment's selector cannot. */}}
{{- define "enroll.selector" -}}
app.kubernetes.io/name: enroll
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: api
{{- end }}

{{/* The labels of an object; the component distinguishes what is not a replica. */}}
{{- define "enroll.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: enroll
{{- end }}

{{- define "enroll.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}
{{- else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* A pod has no token for the Kubernetes API and does not run as root. */}}
{{- define "enroll.pod" -}}
automountServiceAccountToken: false
# Variables of services would begin with ENROLL_, and Enroll does not start with an unknown setting.
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # The group of the files of secrets, which are readable by it alone.
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "enroll.container" -}}
image: {{ include "enroll.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* The name of the ConfigMap with the words of messages, or nothing. */}}
{{- define "enroll.templates" -}}
{{- if .Values.templates.files }}{{ include "enroll.name" . }}-templates{{ else }}{{ .Values.templates.configMap }}{{ end }}
{{- end }}
