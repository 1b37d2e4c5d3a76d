package e2e_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// answer is what a call answers: one of the two.
type answer struct {
	Result *result
	Error  *struct {
		Status, Message string
		Details         struct {
			Reason   errs.Reason
			Problems []string
			Used     int64
		}
	}
}

type offer struct {
	ModelID, Revision, BaseURL string
	Available                  bool
	EstimatedUSD               float64
}

type result struct {
	Models         []offer
	Files          json.RawMessage // grantModel: a list; publishModel: how many
	BaseURL        string
	Revision       string
	State          string
	Bytes          int64
	ManifestSHA256 string
	ExpiresAt      time.Time
}

type granted struct {
	Path, URL, SHA256, CRC32C string
	Size                      int64
}

func (r *result) granted(t *testing.T) (files []granted) {
	t.Helper()
	if err := json.Unmarshal(r.Files, &files); err != nil {
		t.Fatal(err)
	}
	return files
}

// ask calls a function and reads its answer.
func ask(ctx context.Context, s *server, token, function string, data any) (answer, error) {
	var a answer
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return a, err
	}
	res, err := post(ctx, s, token, function, string(body), "")
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	return a, json.NewDecoder(res.Body).Decode(&a)
}

func mustAsk(t testing.TB, s *server, token, function string, data any) *result {
	t.Helper()
	a, err := ask(t.Context(), s, token, function, data)
	if err != nil || a.Result == nil {
		t.Fatalf("%s: %+v, %v", function, a.Error, err)
	}
	return a.Result
}

// refused expects a reason.
func refused(t *testing.T, s *server, token, function string, data any, want errs.Reason) answer {
	t.Helper()
	a, err := ask(t.Context(), s, token, function, data)
	if err != nil || a.Error == nil || a.Error.Details.Reason != want {
		t.Errorf("%s: result %+v, error %+v, %v; want %s", function, a.Result, a.Error, err, want)
	}
	return a
}
