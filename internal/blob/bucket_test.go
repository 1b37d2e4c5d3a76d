package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/errs"
)

func open(t testing.TB, bucket, endpoint string) *Bucket {
	t.Helper()
	b, err := Open(context.Background(), bucket, endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// TestBucket runs the same contract against the emulator and against
// blobtest.Objects, which replaces Cloud Storage in tests with more data than the
// emulator can hold.
func TestBucket(t *testing.T) {
	t.Run("the emulator", func(t *testing.T) {
		endpoint := emulator.Require(t, "BUCKET_EMULATOR")
		name := emulator.Project(t)
		res, err := http.Post(endpoint+"/storage/v1/b?project=p", "application/json", strings.NewReader(fmt.Sprintf(`{"name":%q}`, name)))
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("make a bucket: %v, %v", res, err)
		}
		res.Body.Close()
		contract(t, open(t, name, endpoint))
	})
	t.Run("the handler", func(t *testing.T) {
		server := httptest.NewServer(new(blobtest.Objects))
		defer server.Close()
		contract(t, open(t, "b", server.URL))
	})
}

func contract(t *testing.T, b *Bucket) {
	ctx := t.Context()
	const name = "models/m/v1/a/b c.bin"
	content := bytes.Repeat([]byte("0123456789"), 1000)
	written, err := b.Write(ctx, name, content, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Write(ctx, name, content, 0); !errors.Is(err, catalogue.ErrGone) {
		t.Errorf("creating an object that exists: %v", err)
	}
	second, err := b.Write(ctx, name, content[1:], written.Generation)
	if err != nil || second.Generation == written.Generation {
		t.Fatalf("replacing: generation %d after %d, %v", second.Generation, written.Generation, err)
	}
	if _, err := b.Write(ctx, name, content, written.Generation); !errors.Is(err, catalogue.ErrGone) {
		t.Errorf("replacing an old generation: %v", err)
	}
	if _, err := b.Write(ctx, "models/m/v10/x", nil, 0); err != nil {
		t.Errorf("an empty object: %v", err)
	}
	list, err := b.List(ctx, "models/m/v1/")
	if err != nil || len(list) != 1 || list[0].Name != name || list[0].Size != 9999 || list[0].Generation != second.Generation || list[0].CRC32C != second.CRC32C || list[0].CRC32C == 0 {
		t.Errorf("list: %+v, %v", list, err)
	}
	for _, offset := range []int64{0, 1, 9998} {
		r, err := b.Read(ctx, name, second.Generation, offset)
		if err != nil {
			t.Fatalf("read from %d: %v", offset, err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(got, content[1+offset:]) {
			t.Errorf("read from %d: %d bytes, %v", offset, len(got), err)
		}
	}
	for what, read := range map[string]func() (io.ReadCloser, error){
		"an older generation": func() (io.ReadCloser, error) { return b.Read(ctx, name, written.Generation, 0) },
		"another object":      func() (io.ReadCloser, error) { return b.Read(ctx, "nope", 1, 0) },
		"beyond the end":      func() (io.ReadCloser, error) { return b.Read(ctx, name, second.Generation, 10_000) },
	} {
		if _, err := read(); !errors.Is(err, catalogue.ErrGone) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestBucketFails: an error of Cloud Storage becomes UNAVAILABLE if trying again may
// help, and INTERNAL otherwise.
func TestBucketFails(t *testing.T) {
	for status, want := range map[int]errs.Code{403: errs.Internal, 400: errs.Internal, 429: errs.Unavailable, 503: errs.Unavailable} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"error":{"code":%d,"message":"no"}}`, status)
			}))
			defer server.Close()
			b := open(t, "b", server.URL)
			if _, err := b.List(t.Context(), "x"); errs.Of(err).Code != want {
				t.Errorf("List: %v, want %s", err, want)
			}
			if _, err := b.Read(t.Context(), "x", 1, 0); errs.Of(err).Code != want {
				t.Errorf("Read: %v, want %s", err, want)
			}
			if _, err := b.Write(t.Context(), "x", []byte("x"), 0); errs.Of(err).Code != want {
				t.Errorf("Write: %v, want %s", err, want)
			}
		})
	}
	t.Run("connection refused", func(t *testing.T) {
		t.Parallel()
		if _, err := open(t, "b", "http://127.0.0.1:1").List(t.Context(), "x"); errs.Of(err).Code != errs.Unavailable {
			t.Errorf("List: %v", err)
		}
	})
}

// TestBadReads: a read continues after a broken connection. Corrupted bytes are
// DATA_LOSS.
func TestBadReads(t *testing.T) {
	objects := new(blobtest.Objects)
	gate := blobtest.NewGate(objects, email, &private().PublicKey)
	server := httptest.NewServer(gate)
	defer server.Close()
	b := open(t, "b", server.URL)
	content := bytes.Repeat([]byte("0123456789"), 500_000)
	objects.PutBytes("a", content)
	read := func() ([]byte, error) {
		r, err := b.Read(t.Context(), "a", 1, 0)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	gate.Inject(blobtest.Fault{Object: "a", Cut: 1_234_567, Times: 1})
	gate.Inject(blobtest.Fault{Object: "a", Status: 503, Times: 1})
	if got, err := read(); err != nil || !bytes.Equal(got, content) {
		t.Errorf("broken once: %d bytes, %v", len(got), err)
	}
	if reads := gate.Reads(); len(reads) != 3 {
		t.Errorf("reads: %v; want three: one cut, one refused, one for the rest", reads)
	}
	gate.Heal()
	gate.Inject(blobtest.Fault{Object: "a", Flip: true, Times: 1})
	if _, err := read(); errs.Of(err).Code != errs.DataLoss {
		t.Errorf("corrupted: %v", err)
	}
}
