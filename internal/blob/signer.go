package blob

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"time"

	"dreambuild.dev/backend/internal/flight"
	"github.com/googleapis/gax-go/v2"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/semaphore"

	"cloud.google.com/go/storage"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"golang.org/x/sync/errgroup"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"
)

// Key signs bytes as a service account, with RSA and SHA-256.
type Key interface {
	Account() string // its e-mail address
	SignBytes(ctx context.Context, b []byte) ([]byte, error)
	Parallel() int // how many signatures to make at once
}

// Signer signs V4 URLs. It is safe for concurrent use.
//
// Sign repeats a URL for a third of its lifetime. Repeated grants then cost no
// signature, and a browser that caches by URL finds its copy.
type Signer struct {
	key     Key
	bucket  string
	host    string // "" for Google's
	plain   bool   // http
	ttl     time.Duration
	now     func() time.Time
	places  *semaphore.Weighted // limits the signatures of all callers to key.Parallel at once
	signing flight.Group[memoKey, signed]
	memo    *lru.Cache[memoKey, signed]
}

// maxSigned is how many URLs are remembered, in about 20 MB.
const maxSigned = 20_000

type memoKey struct {
	method string
	ref    catalogue.Ref
}

type signed struct {
	url     string
	made    time.Time
	expires time.Time
}

// NewSigner makes a Signer for the URLs of a bucket, at Google or at an emulator's
// endpoint; "" means Google. ttl is the lifetime of a URL: from a minute to an hour.
func NewSigner(key Key, bucket, endpoint string, ttl time.Duration) (*Signer, error) {
	if ttl < time.Minute || ttl > time.Hour {
		return nil, fmt.Errorf("a signed URL must live from one minute to an hour, not %v", ttl)
	}
	s := &Signer{
		key: key, bucket: bucket, ttl: ttl, now: time.Now,
		places: semaphore.NewWeighted(int64(key.Parallel())),
	}
	s.memo, _ = lru.New[memoKey, signed](maxSigned) // New fails only for a size below 1
	if endpoint != "" {
		u, err := url.Parse(endpoint)
		if err != nil {
			return nil, fmt.Errorf("the bucket's endpoint: %w", err)
		}
		s.host, s.plain = u.Host, u.Scheme == "http"
	}
	return s, nil
}

// Sign implements catalogue.Signer.
func (s *Signer) Sign(ctx context.Context, method string, refs []catalogue.Ref) ([]string, time.Time, error) {
	urls := make([]string, len(refs))
	made := make([]signed, len(refs))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(s.key.Parallel()) // a URL that waits here does not use up its signTimeout
	for i, ref := range refs {
		k := memoKey{method, ref}
		if known, ok := s.remembered(k); ok {
			made[i] = known
			continue
		}
		group.Go(func() (err error) {
			made[i], err = s.shared(gctx, k)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, time.Time{}, err
	}
	var first time.Time
	for i, m := range made {
		urls[i] = m.url
		if first.IsZero() || m.expires.Before(first) {
			first = m.expires
		}
	}
	return urls, first, nil
}

func (s *Signer) remembered(k memoKey) (signed, bool) {
	m, ok := s.memo.Get(k)
	return m, ok && s.now().Sub(m.made) < s.ttl/3
}

// shared signs a URL once for all callers that need it at the same time. If one of
// them is cancelled, the others still get it.
func (s *Signer) shared(ctx context.Context, k memoKey) (signed, error) {
	return s.signing.Do(ctx, k, signTimeout, func(ctx context.Context) (signed, error) {
		if m, ok := s.remembered(k); ok {
			return m, nil
		}
		m, err := s.sign(ctx, k)
		if err == nil {
			s.memo.Add(k, m)
		}
		return m, err
	})
}

// signTimeout bounds the signing of one URL, including the wait for a place.
const signTimeout = 10 * time.Second

func (s *Signer) sign(ctx context.Context, k memoKey) (signed, error) {
	if err := s.places.Acquire(ctx, 1); err != nil {
		return signed{}, unavailable(context.Cause(ctx))
	}
	defer s.places.Release(1)
	text, err := storage.SignedURL(s.bucket, k.ref.Name, &storage.SignedURLOptions{
		Scheme:         storage.SigningSchemeV4, // V2 is the default
		GoogleAccessID: s.key.Account(),
		SignBytes:      func(b []byte) ([]byte, error) { return s.key.SignBytes(ctx, b) },
		Method:         k.method,
		// The library cuts fractions of a second.
		Expires: time.Now().Add(s.ttl + 500*time.Millisecond),
		// The published generation, not a later one with the same name.
		QueryParameters: url.Values{"generation": {strconv.FormatInt(k.ref.Generation, 10)}},
		Hostname:        s.host,
		Insecure:        s.plain,
	})
	if err != nil {
		return signed{}, err
	}
	made, expires, err := lifetime(text)
	return signed{text, made, expires}, err
}

// lifetime returns when a signed URL was made and when it expires, both read from it.
func lifetime(text string) (made, expires time.Time, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return made, expires, err
	}
	made, err = time.Parse("20060102T150405Z", u.Query().Get("X-Goog-Date"))
	if err != nil {
		return made, expires, err
	}
	seconds, err := strconv.Atoi(u.Query().Get("X-Goog-Expires"))
	return made, made.Add(time.Duration(seconds) * time.Second), err
}

func unavailable(err error) error {
	return errs.New(errs.Unavailable, errs.SignerUnavailable, "Download links cannot be made just now. Try again.").With("retryAfter", 5).Because(err)
}

// localKey is a private key that this process holds.
type localKey struct {
	account string
	key     *rsa.PrivateKey
}

// ReadKey reads a service account's key file, the JSON that the Google Cloud console
// and gcloud write.
func ReadKey(file string) (Key, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var account struct {
		Email string `json:"client_email"`
		Key   string `json:"private_key"`
	}
	if err := json.Unmarshal(text, &account); err != nil {
		return nil, fmt.Errorf("%s is not a service account's key file: %w", file, err)
	}
	block, _ := pem.Decode([]byte(account.Key))
	if block == nil || account.Email == "" {
		return nil, fmt.Errorf("%s is not a service account's key file: it needs client_email and private_key", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: private_key: %w", file, err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: private_key is a %T; it must be RSA", file, parsed)
	}
	return &localKey{account.Email, key}, nil
}

func (k *localKey) Account() string { return k.account }

func (k *localKey) Parallel() int { return runtime.GOMAXPROCS(0) }

func (k *localKey) SignBytes(_ context.Context, b []byte) ([]byte, error) {
	sum := sha256.Sum256(b)
	return rsa.SignPKCS1v15(rand.Reader, k.key, crypto.SHA256, sum[:])
}

// remoteKey is a service account's key that Google keeps: each signature is one
// call of IAM's signBlob. It needs the role Service Account Token Creator on
// the account, and the IAM Credentials API.
//
// The library's own implementation is not used: it takes no context and retries
// without a limit (storage v1.70.0, bucket.go, defaultSignBytesFunc).
type remoteKey struct {
	account string
	service *iamcredentials.Service
	pause   gax.Backoff   // between tries
	timeout time.Duration // of each try
}

// RemoteKey returns a Key that signs as a service account, without its private key.
func RemoteKey(ctx context.Context, account string, options ...option.ClientOption) (Key, error) {
	service, err := iamcredentials.NewService(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("reach IAM: %w", err)
	}
	return &remoteKey{account, service, gax.Backoff{Initial: 300 * time.Millisecond, Max: time.Second, Multiplier: 2}, 3 * time.Second}, nil
}

func (k *remoteKey) Account() string { return k.account }

func (k *remoteKey) Parallel() int { return 16 }

func (k *remoteKey) SignBytes(ctx context.Context, b []byte) ([]byte, error) {
	const tries = 3
	pause := k.pause
	name := "projects/-/serviceAccounts/" + k.account
	request := &iamcredentials.SignBlobRequest{Payload: base64.StdEncoding.EncodeToString(b)}
	for try := 1; ; try++ {
		limited, cancel := context.WithTimeout(ctx, k.timeout)
		res, err := k.service.Projects.ServiceAccounts.SignBlob(name, request).Context(limited).Do()
		cancel()
		if err == nil {
			return base64.StdEncoding.DecodeString(res.SignedBlob)
		}
		var api *googleapi.Error
		if errors.As(err, &api) && ours(api) {
			return nil, fmt.Errorf("sign as %s: %w", k.account, err) // not allowed, or no such account
		}
		if try == tries {
			return nil, unavailable(err)
		}
		if gax.Sleep(ctx, pause.Pause()) != nil {
			return nil, unavailable(errors.Join(err, context.Cause(ctx)))
		}
	}
}
