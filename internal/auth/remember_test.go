package auth

import (
	"crypto/sha256"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/callable"
)

// TestFullSessions: a full cache drops only the entry that was used least recently.
func TestFullSessions(t *testing.T) {
	s := OpenSessions(Config{Project: "p"}, nil)
	s.known.Resize(2)
	key := func(cookie string) secret { return sha256.Sum256([]byte(cookie)) }
	know := func(uid string) { s.remember(key(uid), &callable.Caller{UID: uid}, time.Now().Add(time.Hour)) }
	know("ann")
	know("bob")
	s.remembered(key("ann"))
	know("cem")
	for uid, want := range map[string]bool{"ann": true, "bob": false, "cem": true} {
		if got := s.remembered(key(uid)); (got != nil) != want || want && got.UID != uid {
			t.Errorf("%s: %v is remembered, want %v", uid, got, want)
		}
	}
}
