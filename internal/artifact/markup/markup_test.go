package markup_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact/markup"
)

func TestIsPage(t *testing.T) {
	for text, want := range map[string]bool{
		"<!DOCTYPE html>\n<p>a":                                true,
		"<!doctype HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">": true,
		"\uFEFF<!DOCTYPE html>":                                true,
		"\n  <html lang=\"en\">":                               true,
		"<HTML>":                                               true,
		"<!-- index.html --><!DOCTYPE html>":                   true,
		"<!--\n" + strings.Repeat("a licence\n", 100) + "-->\n<html>": true,
		"<?xml version=\"1.0\"?>\n<html>":                             true,
		"{% load static %}\n<!DOCTYPE html>":                          true,
		"":                                                            false,
		"<htmlx>":                                                     false,
		"<head><title>a</title></head>":                               false,
		"<p>A page begins with <html>.</p>":                           false,
		"const page = `<!DOCTYPE html>`;":                             false,
		strings.Repeat("// a line of code\n", 400) + "<html>":         false,
	} {
		if got := markup.IsPage(text); got != want {
			t.Errorf("IsPage(%.40q) = %v", text, got)
		}
		if got := markup.IsPage([]byte(text)); got != want {
			t.Errorf("IsPage(bytes of %.40q) = %v", text, got)
		}
	}
}
