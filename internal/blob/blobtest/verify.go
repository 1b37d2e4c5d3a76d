// Package blobtest is what stands before a bucket in tests and in the local
// suite, where the emulated Cloud Storage itself looks at no signature: a gate
// that verifies V4 signed URLs and CORS as Cloud Storage does, and can be told
// to fail.
//
// The verifier is written from Google's description of canonical requests
// (https://cloud.google.com/storage/docs/authentication/canonical-requests) and
// shares no code with the signer that it checks.
package blobtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Denied is why a signed URL is refused, in the words of Cloud Storage's XML
// API.
type Denied struct {
	Status        int
	Code, Message string
}

func (d *Denied) Error() string { return fmt.Sprintf("%d %s: %s", d.Status, d.Code, d.Message) }

func denied(status int, code, format string, args ...any) error {
	return &Denied{status, code, fmt.Sprintf(format, args...)}
}

// Verifier checks V4 signatures.
type Verifier struct {
	Keys map[string]*rsa.PublicKey // by the account's e-mail address
	Now  func() time.Time          // nil: time.Now
}

const dateFormat = "20060102T150405Z"

// Verify checks that the request carries a valid signature: of this method,
// host, path, query and the headers that it says are signed, made by a known
// account and not expired.
func (v Verifier) Verify(r *http.Request) error {
	query, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return denied(http.StatusBadRequest, "InvalidArgument", "the query: %v", err)
	}
	algorithm, credential, date := query.get("X-Goog-Algorithm"), query.get("X-Goog-Credential"), query.get("X-Goog-Date")
	if query.get("X-Goog-Signature") == "" {
		return denied(http.StatusForbidden, "AccessDenied", "Anonymous caller does not have storage.objects.get access.")
	}
	if algorithm != "GOOG4-RSA-SHA256" {
		return denied(http.StatusBadRequest, "InvalidArgument", "the algorithm is %q", algorithm)
	}
	account, scope, _ := strings.Cut(credential, "/")
	key := v.Keys[account]
	if key == nil {
		return denied(http.StatusForbidden, "AccessDenied", "nothing is known of the account %q", account)
	}
	made, err := time.Parse(dateFormat, date)
	if err != nil {
		return denied(http.StatusBadRequest, "InvalidArgument", "the date is %q", date)
	}
	if parts := strings.Split(scope, "/"); len(parts) != 4 || parts[0] != date[:8] || parts[2] != "storage" || parts[3] != "goog4_request" {
		return denied(http.StatusBadRequest, "InvalidArgument", "the credential's scope is %q", scope)
	}
	seconds, err := strconv.Atoi(query.get("X-Goog-Expires"))
	if err != nil || seconds < 1 || seconds > 7*24*3600 {
		return denied(http.StatusBadRequest, "AuthenticationRequestParametersError", "X-Goog-Expires is %q", query.get("X-Goog-Expires"))
	}
	now := time.Now()
	if v.Now != nil {
		now = v.Now()
	}
	switch {
	case made.After(now.Add(15 * time.Minute)):
		return denied(http.StatusForbidden, "RequestTimeTooSkewed", "the signature is of the future: %s", date)
	case now.After(made.Add(time.Duration(seconds) * time.Second)):
		return denied(http.StatusBadRequest, "ExpiredToken", "The provided token has expired. Request signature expired at: %s", made.Add(time.Duration(seconds)*time.Second).Format(time.RFC3339))
	}
	signature, err := hex.DecodeString(query.get("X-Goog-Signature"))
	if err != nil {
		return denied(http.StatusBadRequest, "InvalidArgument", "the signature is not hexadecimal")
	}
	hosts := []string{r.Host}
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		hosts = append(hosts, host) // Go's library signs it without the port, gsutil with it
	}
	for _, host := range hosts {
		canonical, err := canonicalRequest(r, host, query)
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(stringToSign(date, scope, canonical)))
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil {
			return nil
		}
	}
	return denied(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
}

func stringToSign(date, scope, canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return strings.Join([]string{"GOOG4-RSA-SHA256", date, scope, hex.EncodeToString(sum[:])}, "\n")
}

// canonicalRequest writes the request as its signer must have.
func canonicalRequest(r *http.Request, host string, query pairs) (string, error) {
	names := query.get("X-Goog-SignedHeaders")
	signed := strings.Split(names, ";")
	if !slices.Contains(signed, "host") {
		return "", denied(http.StatusBadRequest, "InvalidArgument", "the host is not signed")
	}
	payload := "UNSIGNED-PAYLOAD"
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n", r.Method, r.URL.EscapedPath(), query.canonical())
	for _, name := range signed {
		values := r.Header.Values(name)
		if name == "host" {
			values = []string{host}
		}
		if len(values) == 0 {
			return "", denied(http.StatusForbidden, "SignatureDoesNotMatch", "the signed header %s was not sent", name)
		}
		for i, value := range values {
			values[i] = strings.Join(strings.Fields(value), " ")
		}
		value := strings.Join(values, ",")
		fmt.Fprintf(&b, "%s:%s\n", strings.ToLower(name), value)
		if strings.EqualFold(name, "X-Goog-Content-SHA256") {
			payload = value
		}
	}
	fmt.Fprintf(&b, "\n%s\n%s", names, payload)
	return b.String(), nil
}

// pairs is a query in the order in which it was sent, decoded.
type pairs [][2]string

func parseQuery(raw string) (pairs, error) {
	var all pairs
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, err
		}
		all = append(all, [2]string{n, v})
	}
	return all, nil
}

// get finds a parameter, however its name is capitalised: gcloud's are not.
func (p pairs) get(name string) string {
	for _, pair := range p {
		if strings.EqualFold(pair[0], name) {
			return pair[1]
		}
	}
	return ""
}

// canonical writes the query sorted and strictly escaped, less the signature.
func (p pairs) canonical() string {
	var parts []string
	for _, pair := range p {
		if !strings.EqualFold(pair[0], "X-Goog-Signature") {
			parts = append(parts, escape(pair[0])+"="+escape(pair[1]))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

// escape leaves only what RFC 3986 calls unreserved.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
