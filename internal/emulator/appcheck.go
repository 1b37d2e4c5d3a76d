package emulator

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// AppCheck stands in for Firebase App Check, which has no emulator: it gives a token
// to whoever asks. It is an http.Handler, safe for concurrent use:
//
//	POST /token                                         a new token, as text
//	GET  /v1/jwks                                       the key that signs them
//	POST /v1beta/projects/{id}:verifyAppCheckToken      marks a token as used
type AppCheck struct {
	http.ServeMux
	project string
	signer  jose.Signer

	mu   sync.Mutex
	used map[string]bool // by token
}

const (
	projectNumber = "1234567890"
	appCheckKey   = "local"
)

// NewAppCheck makes an AppCheck of a project, with a key of its own.
func NewAppCheck(project string) (*AppCheck, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: appCheckKey}}, nil)
	if err != nil {
		return nil, err
	}
	a := &AppCheck{project: project, signer: signer, used: map[string]bool{}}
	keys := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: appCheckKey, Algorithm: string(jose.RS256), Use: "sig"}}}
	a.HandleFunc("GET /v1/jwks", func(w http.ResponseWriter, _ *http.Request) { answer(w, keys) })
	a.HandleFunc("POST /token", a.give)
	a.HandleFunc("POST /v1beta/projects/{call}", a.mark)
	return a, nil
}

// Token returns a new token, which works for an hour.
func (a *AppCheck) Token() (string, error) {
	now := time.Now()
	return jwt.Signed(a.signer).Claims(jwt.Claims{
		ID: rand.Text(), Subject: "1:" + projectNumber + ":web:local", Issuer: "https://firebaseappcheck.googleapis.com/" + projectNumber,
		Audience: jwt.Audience{"projects/" + projectNumber, "projects/" + a.project},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Hour)),
	}).Serialize()
}

func (a *AppCheck) give(w http.ResponseWriter, _ *http.Request) {
	token, err := a.Token()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	fmt.Fprint(w, token)
}

// mark answers whether a token was used before.
func (a *AppCheck) mark(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Token string `json:"app_check_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.PathValue("call") != a.project+":verifyAppCheckToken" {
		http.Error(w, "no such call", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	used := a.used[in.Token]
	a.used[in.Token] = true
	a.mu.Unlock()
	answer(w, map[string]bool{"alreadyConsumed": used})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // who asked has gone
}
