package project

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Token is the page token that goes on after the project that was updated last
// at a time; the id tells it from others of the same time.
func Token(updatedAt time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(updatedAt.UTC().Format(time.RFC3339Nano) + " " + id))
}

// ParseToken reads a Token. INVALID_ARGUMENT for anything else.
func ParseToken(token string) (updatedAt time.Time, id string, err error) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return time.Time{}, "", errBadToken
	}
	at, id, _ := strings.Cut(string(text), " ")
	updatedAt, err = time.Parse(time.RFC3339Nano, at)
	if err != nil || CheckID("id", id) != nil {
		return time.Time{}, "", errBadToken
	}
	return updatedAt, id, nil
}

// ParseNumber reads the token of a list that is ordered by a number.
// INVALID_ARGUMENT for anything else.
func ParseNumber(token string) (int, error) {
	n, err := strconv.Atoi(token)
	if err != nil || n < 0 {
		return 0, errBadToken
	}
	return n, nil
}

var errBadToken = errs.New(errs.InvalidArgument, errs.BadRequest, "This pageToken is not one that a list returned. Leave it out to start from the newest.")
