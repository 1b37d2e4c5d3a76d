// Package hosting_test checks the files that deploy workers on Cloud Run, as far as
// that is possible without deploying: the API takes each service.yaml, and its
// numbers agree with one another, with its Dockerfile and with the backend.
package hosting_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"google.golang.org/api/run/v1"
)

// Defaults of the backend.
const (
	turnLimit     = 600  // seconds, TURN_LIMIT
	workerContext = 8192 // tokens, WORKER_CONTEXT
)

// TestServices: the files in the folders have no problems.
func TestServices(t *testing.T) {
	manifests, err := filepath.Glob("*/service.yaml")
	if err != nil || len(manifests) != 2 {
		t.Fatalf("found %v, %v; want Ollama and vLLM", manifests, err)
	}
	for _, manifest := range manifests {
		for _, problem := range problems(read(t, filepath.Dir(manifest)+"/Dockerfile"), read(t, manifest)) {
			t.Errorf("%s: %s", manifest, problem)
		}
	}
}

// TestBroken: every rule finds its own mistake.
func TestBroken(t *testing.T) {
	for _, tc := range []struct {
		dir, old, new string // in whichever file has old
		want          string // in a problem
	}{
		{"ollama", "timeoutSeconds: 600", "timeoutSecond: 600", `unknown field "timeoutSecond"`},
		{"ollama", "timeoutSeconds: 600", "timeoutseconds: 600", "is read otherwise than it is written"},
		{"ollama", "timeoutSeconds: 600", `timeoutSeconds: "600"`, "cannot unmarshal string"},
		{"ollama", "timeoutSeconds: 600", "timeoutSeconds: 300", "timeoutSeconds is 300"},
		{"ollama", "timeoutSeconds: 600", "timeoutSeconds: 3601", "timeoutSeconds is 3601"},
		{"ollama", `cpu: "8"`, "cpu: 8", "cannot unmarshal number"},
		{"ollama", "kind: Service", "kind: Servce", "Servce"},
		{"ollama", "nvidia-l4", "nvidia-l40", "nodeSelector"},
		{"ollama", `nvidia.com/gpu: "1"`, `nvidia.com/gpu: "2"`, "2 GPUs"},
		{"ollama", `cpu: "8"`, `cpu: "2"`, "2 CPUs"},
		{"ollama", "memory: 32Gi", "memory: 8Gi", "8Gi"},
		{"ollama", "containerConcurrency: 4", "containerConcurrency: 80", "80 requests at once, but the server takes 4"},
		{"vllm", "--max-num-seqs=16", "--max-num-seqs=256", "16 requests at once, but the server takes 256"},
		{"ollama", `value: "8192"`, `value: "4096"`, "a context of 4096"},
		{"vllm", "--max-model-len=8192", "--max-model-len=32768", "a context of 32768"},
		{"ollama", `value: "-1"`, `value: "5m"`, "OLLAMA_KEEP_ALIVE is 5m"},
		{"ollama", "value: \"8\"\n", "value: \"512\"\n", "OLLAMA_MAX_QUEUE is 512"},
		{"ollama", "value: \"8\"\n", "value: \"2\"\n", "OLLAMA_MAX_QUEUE is 2"},
		{"ollama", "containerPort: 8080", "containerPort: 11434", "Cloud Run asks port 11434"},
		{"ollama", "0.0.0.0:8080", "0.0.0.0:11434", "the server listens on 11434"},
		{"ollama", "0.0.0.0:8080", "127.0.0.1:8080", "listens on 127.0.0.1"},
		{"vllm", "--port=8080", "--port=8000", "the server listens on 8000"},
		{"vllm", "              port: 8080", "              port: 8000", "the startup probe asks port 8000"},
		{"vllm", "startupProbe", "livenessProbe", "no startup probe"},
		{"vllm", "path: /health", "path: /", "the startup probe asks /"},
		{"vllm", "failureThreshold: 60", "failureThreshold: 3", "gives up after 30 s"},
		{"vllm", "timeoutSeconds: 5", "timeoutSeconds: 10", "a probe of 10 s every 10 s"},
		{"ollama", `maxScale: "1"`, `maxScale: "0"`, "maxScale"},
		{"ollama", `maxScale: "1"`, `maxscale: "1"`, "maxscale"},
		{"ollama", `cpu-throttling: "false"`, `cpu-throttling: "true"`, "cpu-throttling"},
		{"ollama", "run.googleapis.com/ingress: all", "run.googleapis.com/ingress: all\n    run.googleapis.com/invoker-iam-disabled: \"true\"", "invoker-iam-disabled"},
		{"ollama", "# has no roles", "# allUsers", "allUsers"},
		{"ollama", "serviceAccountName: worker@${PROJECT}.iam.gserviceaccount.com", "enableServiceLinks: true", "no service account"},
		{"ollama", "FROM ollama/ollama:0.9.6", "FROM ollama/ollama", "ollama/ollama is not pinned"},
		{"vllm", "FROM vllm/vllm-openai:v0.26.0-cu129", "FROM vllm/vllm-openai:latest", "vllm/vllm-openai:latest is not pinned"},
		{"ollama", "workers/ollama:0.9.6-qwen2.5-coder-7b", "workers/ollama:latest", "workers/ollama:latest is not pinned"},
		{"ollama", "FROM ollama/ollama:0.9.6", "FROM ollama/ollama:0.9.7", "is not built from"},
		{"ollama", "7b-instruct-q4_K_M", "latest", "qwen2.5-coder:latest is not pinned"},
		{"vllm", "readOnly: true", "readOnly: false", "is read otherwise than it is written"},
		{"vllm", "            readOnly: true\n", "", "may be written"},
		{"vllm", "gcsfuse.run", "gcsfuse.csi.storage", "gcsfuse.csi.storage"},
		{"vllm", "mountPath: /models", "mountPath: /weights", "is not on a volume"},
		{"vllm", "        - name: weights\n          csi", "        - name: weight\n          csi", "no volume is named weights"},
	} {
		t.Run(tc.dir+" "+tc.new, func(t *testing.T) {
			dockerfile, manifest := read(t, tc.dir+"/Dockerfile"), read(t, tc.dir+"/service.yaml")
			if !strings.Contains(dockerfile+manifest, tc.old) {
				t.Fatalf("%q is nowhere", tc.old)
			}
			got := problems(strings.Replace(dockerfile, tc.old, tc.new, 1), strings.Replace(manifest, tc.old, tc.new, 1))
			if !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tc.want) }) {
				t.Errorf("%q instead of %q: the problems are %q, want one with %q", tc.new, tc.old, got, tc.want)
			}
		})
	}
}

// problems returns what is wrong with a worker's two files.
func problems(dockerfile, manifest string) (found []string) {
	problem := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	service, err := decode(manifest)
	if err != nil {
		return []string{err.Error()}
	}
	base, env := readDockerfile(dockerfile)

	if service.ApiVersion != "serving.knative.dev/v1" || service.Kind != "Service" {
		problem("is a %s %s", service.ApiVersion, service.Kind)
	}
	revision := service.Spec.Template
	spec := revision.Spec
	if len(spec.Containers) != 1 {
		problem("has %d containers, want the worker alone", len(spec.Containers))
		return found
	}
	container := spec.Containers[0]

	// Annotations are a map: decoding does not know their names.
	maxScale := revision.Metadata.Annotations["autoscaling.knative.dev/maxScale"]
	if n, err := strconv.Atoi(maxScale); err != nil || n < 1 {
		problem("maxScale is %q", maxScale)
	}
	if diff := cmp.Diff(map[string]string{"run.googleapis.com/ingress": "all"}, service.Metadata.Annotations); diff != "" {
		problem("the service's annotations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{
		"autoscaling.knative.dev/minScale":                 "0",
		"autoscaling.knative.dev/maxScale":                 maxScale,
		"run.googleapis.com/cpu-throttling":                "false",
		"run.googleapis.com/gpu-zonal-redundancy-disabled": "true",
	}, revision.Metadata.Annotations); diff != "" {
		problem("the revision's annotations (-want +got):\n%s", diff)
	}
	if strings.Contains(dockerfile+manifest, "allUsers") {
		problem("mentions allUsers")
	}
	if spec.ServiceAccountName == "" {
		problem("has no service account of its own: the default one may do too much")
	}

	// Images, and the model that one of them pulls.
	images := []string{base, container.Image}
	if pull := regexp.MustCompile(`ollama pull (\S+)`).FindStringSubmatch(dockerfile); pull != nil {
		images = append(images, pull[1])
	}
	for _, image := range images {
		if tag := tag(image); tag == "" || tag == "latest" {
			problem("%s is not pinned", image)
		}
	}
	if !strings.HasPrefix(tag(container.Image), tag(base)) {
		problem("%s is not built from %s, or its tag hides that", container.Image, base)
	}

	// The machine.
	if diff := cmp.Diff(map[string]string{"run.googleapis.com/accelerator": "nvidia-l4"}, spec.NodeSelector); diff != "" {
		problem("nodeSelector (-want +got):\n%s", diff)
	}
	limits := container.Resources.Limits
	if limits["nvidia.com/gpu"] != "1" {
		problem("has %s GPUs, want 1", limits["nvidia.com/gpu"])
	}
	if n, err := strconv.Atoi(limits["cpu"]); err != nil || n < 4 {
		problem("has %s CPUs, want 4 or more", limits["cpu"])
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(limits["memory"], "Gi")); err != nil || n < 16 {
		problem("has %s of memory, want 16Gi or more", limits["memory"])
	}

	// The server.
	for _, e := range container.Env {
		env[e.Name] = e.Value
	}
	var address, parallel, context, ready string
	if env["OLLAMA_HOST"] != "" {
		address, parallel, context, ready = env["OLLAMA_HOST"], env["OLLAMA_NUM_PARALLEL"], env["OLLAMA_CONTEXT_LENGTH"], "/"
		if env["OLLAMA_KEEP_ALIVE"] != "-1" {
			problem("OLLAMA_KEEP_ALIVE is %s, want -1: a model that is unloaded is loaded again on the user's time", env["OLLAMA_KEEP_ALIVE"])
		}
		if n, err := strconv.ParseInt(env["OLLAMA_MAX_QUEUE"], 10, 64); err != nil || n < spec.ContainerConcurrency || n > 4*spec.ContainerConcurrency {
			problem("OLLAMA_MAX_QUEUE is %s, want at least the %d that come at once, and few more", env["OLLAMA_MAX_QUEUE"], spec.ContainerConcurrency)
		}
	} else {
		flag := func(name string) string {
			for _, arg := range container.Args {
				if value, ok := strings.CutPrefix(arg, name+"="); ok {
					return value
				}
			}
			return ""
		}
		address, parallel, context, ready = "0.0.0.0:"+flag("--port"), flag("--max-num-seqs"), flag("--max-model-len"), "/health"
		if len(container.Args) == 0 || !slices.ContainsFunc(container.VolumeMounts, func(m *run.VolumeMount) bool { return m.MountPath == path.Dir(container.Args[0]) }) {
			problem("the model is not on a volume: %v", container.Args)
		}
	}
	if parallel != strconv.FormatInt(spec.ContainerConcurrency, 10) {
		problem("Cloud Run sends %d requests at once, but the server takes %s", spec.ContainerConcurrency, parallel)
	}
	if context != strconv.Itoa(workerContext) {
		problem("the server has a context of %s tokens, but the backend asks for %d", context, workerContext)
	}
	if spec.TimeoutSeconds < turnLimit || spec.TimeoutSeconds > 3600 {
		problem("timeoutSeconds is %d, want from %d, a turn's limit, to Cloud Run's 3600", spec.TimeoutSeconds, turnLimit)
	}

	// Ports and the startup probe.
	host, port, _ := strings.Cut(address, ":")
	if host != "0.0.0.0" {
		problem("the server listens on %s, where Cloud Run does not reach it", host)
	}
	if len(container.Ports) != 1 {
		problem("has %d ports, want one", len(container.Ports))
	} else if asked := container.Ports[0].ContainerPort; strconv.FormatInt(asked, 10) != port {
		problem("Cloud Run asks port %d, but the server listens on %s", asked, port)
	}
	if probe := container.StartupProbe; probe == nil || probe.HttpGet == nil {
		problem("has no startup probe over HTTP")
	} else {
		if strconv.FormatInt(probe.HttpGet.Port, 10) != port {
			problem("the startup probe asks port %d, but the server listens on %s", probe.HttpGet.Port, port)
		}
		if probe.HttpGet.Path != ready {
			problem("the startup probe asks %s, want %s", probe.HttpGet.Path, ready)
		}
		if total := probe.PeriodSeconds * probe.FailureThreshold; total < 240 || total > 1800 {
			problem("the startup probe gives up after %d s, want from 240 to Cloud Run's 1800", total)
		}
		if probe.TimeoutSeconds >= probe.PeriodSeconds {
			problem("a probe of %d s every %d s", probe.TimeoutSeconds, probe.PeriodSeconds)
		}
	}

	// Volumes.
	for _, mount := range container.VolumeMounts {
		i := slices.IndexFunc(spec.Volumes, func(v *run.Volume) bool { return v.Name == mount.Name })
		if i < 0 {
			problem("no volume is named %s", mount.Name)
			continue
		}
		if csi := spec.Volumes[i].Csi; csi == nil || csi.Driver != "gcsfuse.run.googleapis.com" || csi.VolumeAttributes["bucketName"] == "" {
			problem("the volume %s is not a bucket: %+v", mount.Name, csi)
		} else if !csi.ReadOnly {
			problem("the weights in %s may be written", mount.Name)
		}
	}
	return found
}

// decode reads a manifest as the API's own type. It refuses unknown fields and, unlike
// encoding/json, known ones in another case.
func decode(manifest string) (*run.Service, error) {
	var written any
	if err := yaml.Unmarshal([]byte(manifest), &written); err != nil {
		return nil, err
	}
	text, err := json.Marshal(written)
	if err != nil {
		return nil, err
	}
	var service run.Service
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&service); err != nil {
		return nil, err
	}
	back, err := json.Marshal(&service)
	if err != nil {
		return nil, err
	}
	var want, got any
	if err := json.Unmarshal(text, &want); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(back, &got); err != nil {
		return nil, err
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return nil, fmt.Errorf("is read otherwise than it is written (-written +read):\n%s", diff)
	}
	return &service, nil
}

// readDockerfile returns the base image and the environment.
func readDockerfile(text string) (base string, env map[string]string) {
	env = map[string]string{}
	for line := range strings.Lines(text) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "FROM":
			base = rest
		case "ENV":
			name, value, _ := strings.Cut(rest, "=")
			env[name] = value
		}
	}
	return base, env
}

// tag returns what follows the colon in an image's last part.
func tag(image string) string {
	_, tag, _ := strings.Cut(path.Base(image), ":")
	return tag
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
