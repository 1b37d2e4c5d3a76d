package callable

import (
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"dreambuild.dev/backend/internal/errs"
)

// decodeData fills dst from a tree. encoding/json does not fit: it ignores the
// case of keys, gives no path for an unknown one, and treats a missing field like
// an empty one.
func decodeData(decode decoder, data any, dst reflect.Value) error {
	err := decode(data, dst)
	if m, ok := errors.AsType[*misfit](err); ok {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "data%s %s.", m.path, m.problem)
	}
	return err
}

// misfit says what is wrong with a value and where it stands.
type misfit struct {
	path    string // ".files[2].content"
	problem string // "must be a string"
}

func (m *misfit) Error() string { return m.path + " " + m.problem }

func mustBe(what string) error { return &misfit{problem: "must be " + what} }

// at adds the step that led to the value of err.
func at(step string, err error) error {
	if m, ok := errors.AsType[*misfit](err); ok {
		m.path = step + m.path
	}
	return err
}

// decoder stores a value of a JSON tree in dst, which is settable and zero. Its
// errors are *misfit, or a plain one, hence INTERNAL, where the reference fails too.
type decoder func(value any, dst reflect.Value) error

// decoderOf makes the decoder of a type. It panics on a type that it cannot
// decode, so that a mistake shows at start and not at the first call.
func decoderOf(t reflect.Type, within ...reflect.Type) decoder {
	if slices.Contains(within, t) {
		panic(fmt.Sprintf("callable: %s holds itself, which a request may not", t))
	}
	within = append(slices.Clip(within), t)
	pointer := reflect.PointerTo(t)
	if pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) || pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		panic(fmt.Sprintf("callable: a request holds a %s, which decodes itself", t))
	}
	switch t.Kind() {
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return decodeAny
		}
	case reflect.String:
		return decodeString
	case reflect.Bool:
		return decodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return decodeInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return decodeUint
	case reflect.Float32, reflect.Float64:
		return decodeFloat
	case reflect.Pointer:
		return pointerDecoder(decoderOf(t.Elem(), within...))
	case reflect.Slice:
		return sliceDecoder(decoderOf(t.Elem(), within...))
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return mapDecoder(t, decoderOf(t.Elem(), within...))
		}
	case reflect.Struct:
		return structDecoder(t, within)
	}
	panic(fmt.Sprintf("callable: a request cannot hold a %s", t))
}

func decodeAny(value any, dst reflect.Value) error {
	if err := finite(value); err != nil {
		return err
	}
	if value != nil {
		dst.Set(reflect.ValueOf(value))
	}
	return nil
}

// finite refuses numbers such as 1e400, which the reference reads as infinity.
func finite(tree any) error {
	switch v := tree.(type) {
	case json.Number:
		if _, err := v.Float64(); err != nil {
			return fmt.Errorf("data holds a number that is out of range: %w", err)
		}
	case []any:
		for _, elem := range v {
			if err := finite(elem); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, elem := range v {
			if err := finite(elem); err != nil {
				return err
			}
		}
	}
	return nil
}

func decodeString(value any, dst reflect.Value) error {
	s, ok := value.(string)
	if !ok {
		return mustBe("a string")
	}
	dst.SetString(s)
	return nil
}

func decodeBool(value any, dst reflect.Value) error {
	b, ok := value.(bool)
	if !ok {
		return mustBe("true or false")
	}
	dst.SetBool(b)
	return nil
}

func decodeInt(value any, dst reflect.Value) error {
	n, ok := value.(json.Number)
	if !ok {
		return mustBe("a whole number")
	}
	i, err := strconv.ParseInt(plain(n), 10, dst.Type().Bits())
	if err != nil {
		return notWhole(n)
	}
	dst.SetInt(i)
	return nil
}

func decodeUint(value any, dst reflect.Value) error {
	n, ok := value.(json.Number)
	if !ok {
		return mustBe("a whole number")
	}
	u, err := strconv.ParseUint(plain(n), 10, dst.Type().Bits())
	if err != nil {
		return notWhole(n)
	}
	dst.SetUint(u)
	return nil
}

// plain rewrites 1.0, 1e2 and -0, which clients send for whole numbers too,
// without the point, the exponent or the sign of zero.
func plain(n json.Number) string {
	if f, err := n.Float64(); strings.ContainsAny(string(n), ".eE-") && err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return string(n)
}

func notWhole(n json.Number) error {
	if f, err := n.Float64(); err == nil && f != math.Trunc(f) {
		return mustBe("a whole number")
	}
	return &misfit{problem: "is out of range"}
}

func decodeFloat(value any, dst reflect.Value) error {
	n, ok := value.(json.Number)
	if !ok {
		return mustBe("a number")
	}
	f, err := strconv.ParseFloat(string(n), dst.Type().Bits())
	if err != nil {
		return &misfit{problem: "is out of range"}
	}
	dst.SetFloat(f)
	return nil
}

func pointerDecoder(elem decoder) decoder {
	return func(value any, dst reflect.Value) error {
		if value == nil {
			return nil
		}
		dst.Set(reflect.New(dst.Type().Elem()))
		return elem(value, dst.Elem())
	}
}

func sliceDecoder(elem decoder) decoder {
	return func(value any, dst reflect.Value) error {
		if value == nil {
			return nil
		}
		values, ok := value.([]any)
		if !ok {
			return mustBe("an array")
		}
		dst.Set(reflect.MakeSlice(dst.Type(), len(values), len(values)))
		for i, v := range values {
			if err := elem(v, dst.Index(i)); err != nil {
				return at(fmt.Sprintf("[%d]", i), err)
			}
		}
		return nil
	}
}

func mapDecoder(t reflect.Type, elem decoder) decoder {
	return func(value any, dst reflect.Value) error {
		if value == nil {
			return nil
		}
		values, ok := value.(map[string]any)
		if !ok {
			return mustBe("an object")
		}
		dst.Set(reflect.MakeMapWithSize(t, len(values)))
		for key, v := range values {
			e := reflect.New(t.Elem()).Elem()
			if err := elem(v, e); err != nil {
				return at("."+shown(key), err)
			}
			dst.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), e)
		}
		return nil
	}
}

type field struct {
	name     string
	index    []int
	optional bool
	decode   decoder
}

func structDecoder(t reflect.Type, within []reflect.Type) decoder {
	fields := fieldsOf(t, within)
	names := make([]string, len(fields))
	known := make(map[string]bool, len(fields))
	for i, f := range fields {
		names[i], known[f.name] = f.name, true
	}
	return func(value any, dst reflect.Value) error {
		values, ok := value.(map[string]any)
		if !ok && value != nil {
			return mustBe("an object")
		}
		for _, f := range fields {
			v := values[f.name]
			if v == nil { // absent or null
				if !f.optional {
					return &misfit{"." + f.name, "is missing"}
				}
				continue
			}
			if err := f.decode(v, dst.FieldByIndex(f.index)); err != nil {
				return at("."+f.name, err)
			}
		}
		for key := range values {
			if !known[key] {
				return &misfit{"." + shown(key), "is not a known field; known: " + cmp.Or(strings.Join(names, ", "), "none")}
			}
		}
		return nil
	}
}

// fieldsOf lists the exported fields of a struct, including those of embedded
// structs, by the names in their json tags.
func fieldsOf(t reflect.Type, within []reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		name, rest, _ := strings.Cut(tag, ",")
		if tag == "-" || f.Anonymous || !f.IsExported() {
			continue
		}
		marks := strings.Split(rest, ",")
		fields = append(fields, field{
			name:     cmp.Or(name, f.Name),
			index:    f.Index,
			optional: slices.Contains(marks, "omitempty") || slices.Contains(marks, "omitzero") || f.Type.Kind() == reflect.Pointer,
			decode:   decoderOf(f.Type, within...),
		})
	}
	return fields
}

// shown quotes a key that is not a plain name, and cuts a long one.
func shown(key string) string {
	if len(key) > 40 {
		key = strings.ToValidUTF8(key[:40], "") + "…"
	}
	if quoted := strconv.Quote(key); quoted != `"`+key+`"` {
		return quoted
	}
	return key
}
