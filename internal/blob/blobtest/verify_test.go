package blobtest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type vector struct {
	Description, Method, ExpectedURL               string
	Headers                                        map[string]string
	ExpectedCanonicalRequest, ExpectedStringToSign string
	Timestamp                                      time.Time
}

func vectors(t *testing.T) ([]vector, *rsa.PublicKey) {
	t.Helper()
	text, err := os.ReadFile("testdata/v4_signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ SigningV4Tests []vector }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	pub, err := os.ReadFile("testdata/account.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(pub)
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return all.SigningV4Tests, key.(*rsa.PublicKey)
}

const account = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com"

func request(t *testing.T, v vector) *http.Request {
	t.Helper()
	r, err := http.NewRequest(v.Method, v.ExpectedURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	return r
}

// TestVectors: all official signatures verify, and what we rebuild from the
// request alone is what their signer wrote.
func TestVectors(t *testing.T) {
	all, key := vectors(t)
	if len(all) != 29 {
		t.Fatalf("%d vectors, want 29", len(all))
	}
	for _, v := range all {
		t.Run(v.Description, func(t *testing.T) {
			check := Verifier{Keys: map[string]*rsa.PublicKey{account: key}, Now: func() time.Time { return v.Timestamp }}
			r := request(t, v)
			if err := check.Verify(r); err != nil {
				t.Error(err)
			}
			query, err := parseQuery(r.URL.RawQuery)
			if err != nil {
				t.Fatal(err)
			}
			canonical, err := canonicalRequest(r, r.URL.Hostname(), query)
			if err != nil {
				t.Fatal(err)
			}
			// This vector's text has the bucket in the path and the host
			// both; its own hash is of the text without.
			if v.Description != "Universe domain with virtual hosted style" {
				if diff := cmp.Diff(v.ExpectedCanonicalRequest, canonical); diff != "" {
					t.Errorf("canonical request (-want +got):\n%s", diff)
				}
			}
			_, scope, _ := strings.Cut(query.get("X-Goog-Credential"), "/")
			if diff := cmp.Diff(v.ExpectedStringToSign, stringToSign(query.get("X-Goog-Date"), scope, canonical)); diff != "" {
				t.Errorf("string to sign (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefused: every vector with one thing changed.
func TestRefused(t *testing.T) {
	all, key := vectors(t)
	for name, change := range map[string]func(r *http.Request, now *time.Time){
		"another method":     func(r *http.Request, _ *time.Time) { r.Method = http.MethodHead },
		"another object":     func(r *http.Request, _ *time.Time) { r.URL.Path += "x"; r.URL.RawPath = "" },
		"another host":       func(r *http.Request, _ *time.Time) { r.Host = "elsewhere.example" },
		"one more parameter": func(r *http.Request, _ *time.Time) { r.URL.RawQuery += "&generation=7" },
		"a longer life": func(r *http.Request, _ *time.Time) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "X-Goog-Expires=", "X-Goog-Expires=1", 1)
		},
		"another digit of the signature": func(r *http.Request, _ *time.Time) {
			last := r.URL.RawQuery[len(r.URL.RawQuery)-1]
			r.URL.RawQuery = r.URL.RawQuery[:len(r.URL.RawQuery)-1] + string(last^1)
		},
		"no signature": func(r *http.Request, _ *time.Time) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "X-Goog-Signature", "X-Other", 1)
		},
		"expired":       func(_ *http.Request, now *time.Time) { *now = now.Add(8 * 24 * time.Hour) },
		"of the future": func(_ *http.Request, now *time.Time) { *now = now.Add(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, v := range all {
				r, now := request(t, v), v.Timestamp
				change(r, &now)
				check := Verifier{Keys: map[string]*rsa.PublicKey{account: key}, Now: func() time.Time { return now }}
				var d *Denied
				if err := check.Verify(r); !errors.As(err, &d) {
					t.Errorf("%s: accepted", v.Description)
				}
			}
		})
	}
	for _, v := range all {
		if err := (Verifier{Now: func() time.Time { return v.Timestamp }}).Verify(request(t, v)); err == nil {
			t.Errorf("%s: an unknown account was accepted", v.Description)
		}
	}
}
