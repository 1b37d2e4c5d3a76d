package callable

import "strconv"

// Int64 is an integer that clients get exactly, though it may lie beyond 2^53,
// where JavaScript's numbers and JSON's readers round: it is sent in the wrapper
// that the mobile SDKs decode to their own 64-bit integers. The JavaScript SDK
// makes a number of it, rounded where it must be. In a request a plain int64
// field takes the wrapper as well as a number.
type Int64 int64

// MarshalJSON implements json.Marshaler.
func (i Int64) MarshalJSON() ([]byte, error) {
	return wrapped("Int64Value", strconv.FormatInt(int64(i), 10)), nil
}

// Uint64 is Int64 without a sign. Android cannot hold one beyond 2^63.
type Uint64 uint64

// MarshalJSON implements json.Marshaler.
func (i Uint64) MarshalJSON() ([]byte, error) {
	return wrapped("UInt64Value", strconv.FormatUint(uint64(i), 10)), nil
}

const wrapperPrefix = "type.googleapis.com/google.protobuf."

func wrapped(kind, digits string) []byte {
	return []byte(`{"@type":"` + wrapperPrefix + kind + `","value":"` + digits + `"}`)
}
