package dialect

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
)

// connectionError is why a connection gave no whole answer, in words that may be
// logged: net/http's own quote an answer that it cannot read, which may hold a prompt.
type connectionError struct {
	text  string
	cause error
}

func (e *connectionError) Error() string { return e.text }

func (e *connectionError) Unwrap() error { return e.cause }

// broken returns an error of net/http as a connectionError.
func broken(err error) error {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var slow net.Error
	text := "the connection or the answer is not as HTTP should be"
	switch {
	case errors.As(err, &op):
		text = op.Error()
	case errors.As(err, &certificate):
		text = certificate.Error()
	case errors.Is(err, http.ErrSchemeMismatch):
		text = http.ErrSchemeMismatch.Error()
	case errors.Is(err, io.ErrUnexpectedEOF):
		text = io.ErrUnexpectedEOF.Error()
	case errors.Is(err, io.EOF):
		text = "the connection was closed before an answer"
	case errors.As(err, &slow) && slow.Timeout():
		text = "the connection timed out"
	}
	return &connectionError{text, err}
}

// answerBody is the body of an answer. Its errors are those of broken.
type answerBody struct{ io.ReadCloser }

func (b answerBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	switch {
	case errors.Is(err, io.EOF):
		err = io.EOF // as readers expect it
	case err != nil:
		err = broken(err)
	}
	return n, err
}
