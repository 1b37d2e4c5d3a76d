package worker

import (
	"errors"
	"fmt"
	"net/url"
)

// ParseURL reads a worker's URL: http or https, with a host, and without user,
// query or fragment. Its error follows the name of a setting, as in "url must be",
// and does not quote the URL, which may hold a password or a key.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("must be a URL such as http://127.0.0.1:8102")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("(%s://%s): it must have no user, query or fragment; a key has its own setting", u.Scheme, u.Host)
	}
	return u, nil
}
