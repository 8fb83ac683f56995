{{- /* What the pods of a process are known by. */}}
{{- define "offstage.labels" -}}
app.kubernetes.io/name: offstage
app.kubernetes.io/component: {{ .role }}
{{- with .worker }}
offstage.dev/worker: {{ . }}
{{- end }}
{{- end }}

{{- /* What the container that brings the tables up to date and the one that goes on running have in common. */}}
{{- define "offstage.container" -}}
image: {{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
envFrom:
  - configMapRef:
      name: offstage
  - secretRef:
      name: {{ .Values.secret }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  - name: tmp
    mountPath: /tmp
{{- end }}
