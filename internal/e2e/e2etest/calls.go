package e2etest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Answer is the answer to a call: a result or an error.
type Answer struct {
	Result *Result
	Error  *struct {
		Status, Message string
		Details         struct {
			Reason   errs.Reason
			Problems []string
			Used     int64
		}
	}
}

// ListedModel is a model of a listModels result.
type ListedModel struct {
	ModelID, Revision, BaseURL string
	Available                  bool
	EstimatedUSD               float64
}

// Result has the fields of all results about models.
type Result struct {
	Models         []ListedModel
	Files          json.RawMessage // grantModel: a list; publishModel: how many
	BaseURL        string
	Revision       string
	State          string
	Bytes          int64
	ManifestSHA256 string
	ExpiresAt      time.Time
}

// GrantedFile is a file of a grantModel result. CRC32C is in base64, Size in bytes.
type GrantedFile struct {
	Path, URL, SHA256, CRC32C string
	Size                      int64
}

// Granted returns the files of a grantModel result.
func (r *Result) Granted(t *testing.T) (files []GrantedFile) {
	t.Helper()
	if err := json.Unmarshal(r.Files, &files); err != nil {
		t.Fatal(err)
	}
	return files
}

// Ask calls a function with data, which becomes JSON, and reads the answer.
func Ask(ctx context.Context, s *Backend, token, function string, data any) (Answer, error) {
	var a Answer
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return a, err
	}
	res, err := Post(ctx, s, token, function, string(body), "")
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	return a, json.NewDecoder(res.Body).Decode(&a)
}

// MustAsk returns the result of a call. An error ends the test.
func MustAsk(t testing.TB, s *Backend, token, function string, data any) *Result {
	t.Helper()
	a, err := Ask(t.Context(), s, token, function, data)
	if err != nil || a.Result == nil {
		t.Fatalf("%s: %+v, %v", function, a.Error, err)
	}
	return a.Result
}

// AskUntilStored is MustAsk after a server was killed. If that happened within a
// transaction, the Firestore emulator keeps its locks for up to a minute; until
// then the answer is store-unavailable, and the call is made again.
func AskUntilStored(t testing.TB, s *Backend, token, function string, data any) *Result {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		a, err := Ask(t.Context(), s, token, function, data)
		if err == nil && a.Result != nil {
			return a.Result
		}
		if err != nil || a.Error.Details.Reason != errs.StoreUnavailable || time.Now().After(deadline) {
			t.Fatalf("%s: %+v, %v", function, a.Error, err)
		}
	}
}

// MustRefuse calls a function and expects an error with a reason.
func MustRefuse(t *testing.T, s *Backend, token, function string, data any, want errs.Reason) Answer {
	t.Helper()
	a, err := Ask(t.Context(), s, token, function, data)
	if err != nil || a.Error == nil || a.Error.Details.Reason != want {
		t.Errorf("%s: result %+v, error %+v, %v; want %s", function, a.Result, a.Error, err, want)
	}
	return a
}
