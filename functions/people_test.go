package functions_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
)

// signedIn takes a token for the user's id, how the user signed in, and how many
// seconds ago: "ann password 20".
type signedIn struct{}

func (signedIn) Verify(_ context.Context, token string) (*callable.Caller, error) {
	var uid, provider string
	var ago int64
	if _, err := fmt.Sscan(token, &uid, &provider, &ago); err != nil {
		return nil, err
	}
	at := float64(time.Now().Unix() - ago)
	return &callable.Caller{UID: uid, Claims: map[string]any{"auth_time": at, "iat": at, "firebase": map[string]any{"sign_in_provider": provider}}}, nil
}

// registry is where users sign in. It counts who was removed.
type registry struct{ removed atomic.Int32 }

func (r *registry) Remove(context.Context, string) error {
	r.removed.Add(1)
	return nil
}

func deletable(t *testing.T, key string, store *memstore.Store, users *registry) map[string]http.Handler {
	t.Helper()
	cfg := config.Config{Plans: quota.Builtin(), SessionRecheck: time.Minute, Turn: aMinute(), DeletionKey: key}
	b := functions.NewWith(cfg, functions.Parts{Store: store, Verifier: signedIn{}, Accounts: users}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { b.Drain(context.Background()) })
	return b.Handlers()
}

const aKey = "0123456789abcdef0123456789abcdef"

func TestDeleteAccount(t *testing.T) {
	const gone = `{"error":{"details":{"reason":"account-deleted"},"message":"This account was deleted. What it had is gone, or soon will be.","status":"UNAUTHENTICATED"}}`
	const old = `{"error":{"details":{"reason":"recent-sign-in"},"message":"Sign in again, then delete the account: this sign-in is more than 5 minutes old.","status":"FAILED_PRECONDITION"}}`
	const notSetUp = `{"error":{"details":{"reason":"not-set-up"},"message":"Accounts cannot be deleted here yet. Ask whoever runs this app to delete yours.","status":"FAILED_PRECONDITION"}}`
	for _, tc := range []struct {
		name, token, key, want string
	}{
		{"just signed in", "ann password 20", aKey, `{"result":{"state":"deleted"}}`},
		{"signed in long ago", "ann password 400", aKey, old},
		{"anonymous, long ago", "ann anonymous 400", aKey, `{"result":{"state":"deleted"}}`},
		{"without a key", "ann password 20", "", notSetUp},
	} {
		t.Run(tc.name, func(t *testing.T) {
			store, users := memstore.New(), new(registry)
			handlers := deletable(t, tc.key, store, users)
			for _, token := range []string{tc.token, "bob password 20"} {
				if got := do(handlers, "saveProject", token, `{"source":"edit","generatedBy":"me","files":[{"path":"a","content":"x"}]}`); !strings.Contains(got, `"version":1`) {
					t.Fatal(got)
				}
			}
			bob, written := fmt.Sprint(store.Left("bob")), store.Written()
			if got := do(handlers, "deleteAccount", tc.token, `{}`); got != tc.want {
				t.Fatalf("%s, want %s", got, tc.want)
			}
			if !strings.Contains(tc.want, "result") {
				if n := store.Written() - written; n != 0 || users.removed.Load() != 0 {
					t.Errorf("%d writes", n)
				}
				return
			}
			if left := store.Left("ann"); len(left) != 0 || users.removed.Load() != 1 {
				t.Errorf("left: %q, removed %d times", left, users.removed.Load())
			}
			if got := fmt.Sprint(store.Left("bob")); got != bob {
				t.Errorf("of bob is left %s, want %s", got, bob)
			}
			written = store.Written()
			for _, name := range calls(handlers) {
				if got := do(handlers, name, tc.token, `{}`); got != gone {
					t.Errorf("%s with a token of before: %s", name, got)
				}
			}
			if n := store.Written() - written; n != 0 {
				t.Errorf("%d writes for tokens of before", n)
			}
		})
	}
}

// TestExportAccount: the parts make the archive that the result describes, none is too
// large, and nothing of it is in the log.
func TestExportAccount(t *testing.T) {
	store := memstore.New()
	handlers := deletable(t, "", store, nil)
	noise := make([]byte, 400<<10) // that does not compress
	random := rand.NewChaCha8([32]byte{1})
	random.Read(noise)
	file := base64.StdEncoding.EncodeToString(noise)[:500<<10]
	for _, uid := range []string{"ann", "ann", "bob"} {
		if got := do(handlers, "saveProject", uid+" password 20", `{"source":"edit","generatedBy":"me","name":"of `+uid+`","files":[{"path":"a","content":"`+file+`"}]}`); !strings.Contains(got, `"version":1`) {
			t.Fatal(got[:200])
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/f", strings.NewReader(`{"data":{}}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer ann password 400")
	w := httptest.NewRecorder()
	handlers["exportAccount"].ServeHTTP(w, r)
	var archive bytes.Buffer
	parts := 0
	for frame := range strings.SplitSeq(strings.TrimSpace(w.Body.String()), "\n\n") {
		var got struct {
			Message *struct {
				Type, Data string
				Index      int
			}
			Result struct {
				Parts, Bytes, Projects, Files, Messages int
				SHA256                                  string
			}
		}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(frame, "data: ")), &got); err != nil {
			t.Fatalf("%v: %.200s", err, frame)
		}
		if m := got.Message; m != nil {
			part, err := base64.StdEncoding.DecodeString(m.Data)
			if err != nil || m.Type != "part" || m.Index != parts || len(m.Data) > 256<<10 {
				t.Errorf("part %d: %s %d of %d KB, %v", parts, m.Type, m.Index, len(m.Data)>>10, err)
			}
			parts++
			archive.Write(part)
			continue
		}
		sum := sha256.Sum256(archive.Bytes())
		if r := got.Result; r.Parts != parts || r.Bytes != archive.Len() || r.SHA256 != hex.EncodeToString(sum[:]) || r.Projects != 2 || r.Files != 2 || r.Messages != 2 {
			t.Errorf("%+v; got %d parts and %d bytes", r, parts, archive.Len())
		}
	}
	if parts < 4 {
		t.Errorf("only %d parts", parts)
	}
}
