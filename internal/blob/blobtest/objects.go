package blobtest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Objects is a Cloud Storage whose bytes can come from anywhere, so that an
// object may be larger than memory and disk. It knows what the backend asks for:
// lists, reads by the JSON and XML APIs, and small uploads.
type Objects struct {
	mu      sync.Mutex
	objects map[string]made
	last    int64 // generation
}

type made struct {
	size, generation int64
	crc32c           uint32
	open             func(offset int64) io.ReadCloser
}

// Put adds an object of content that is made when it is read.
func (o *Objects) Put(name string, size int64, crc32c uint32, open func(offset int64) io.ReadCloser) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.put(name, size, crc32c, open)
}

func (o *Objects) put(name string, size int64, crc32c uint32, open func(offset int64) io.ReadCloser) made {
	if o.objects == nil {
		o.objects = map[string]made{}
	}
	o.last++
	m := made{size, o.last, crc32c, open}
	o.objects[name] = m
	return m
}

// PutBytes adds an object.
func (o *Objects) PutBytes(name string, content []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.putBytes(name, content)
}

func (o *Objects) putBytes(name string, content []byte) made {
	return o.put(name, int64(len(content)), crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)), func(offset int64) io.ReadCloser {
		return io.NopCloser(bytes.NewReader(content[offset:]))
	})
}

// resource is an object as the JSON API shows it.
func (m made) resource(name string) map[string]any {
	return map[string]any{
		"kind": "storage#object", "name": name, "size": fmt.Sprint(m.size), "generation": fmt.Sprint(m.generation), "crc32c": m.crc(),
	}
}

func (m made) crc() string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, m.crc32c))
}

func (o *Objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	switch {
	case strings.HasPrefix(path, "/upload/") && r.Method == http.MethodPost:
		o.upload(w, r)
	case strings.HasSuffix(path, "/o") && strings.HasPrefix(path, "/storage/v1/"):
		o.list(w, r.URL.Query().Get("prefix"))
	default:
		name, _ := read(r)
		o.read(w, r, name)
	}
}

func (o *Objects) list(w http.ResponseWriter, prefix string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	items := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(o.objects)) {
		if strings.HasPrefix(name, prefix) {
			items = append(items, o.objects[name].resource(name))
		}
	}
	writeJSON(w, map[string]any{"kind": "storage#objects", "items": items})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (o *Objects) read(w http.ResponseWriter, r *http.Request, name string) {
	o.mu.Lock()
	m, ok := o.objects[name]
	o.mu.Unlock()
	if generation := r.URL.Query().Get("generation"); !ok || generation != "" && generation != fmt.Sprint(m.generation) {
		http.Error(w, "No such object", http.StatusNotFound)
		return
	}
	offset, status := int64(0), http.StatusOK
	if text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
		from, _, _ := strings.Cut(text, "-")
		n, err := strconv.ParseInt(from, 10, 64)
		if err != nil || n >= m.size {
			http.Error(w, "No such range", http.StatusRequestedRangeNotSatisfiable)
			return
		}
		if n > 0 {
			offset, status = n, http.StatusPartialContent
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", n, m.size-1, m.size))
		}
	}
	w.Header().Set("Content-Length", fmt.Sprint(m.size-offset))
	w.Header().Set("X-Goog-Generation", fmt.Sprint(m.generation))
	w.Header().Set("X-Goog-Hash", "crc32c="+m.crc())
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	content := m.open(offset)
	defer content.Close()
	_, _ = io.Copy(w, io.LimitReader(content, m.size-offset))
}

// upload takes what the client library sends in one request.
func (o *Objects) upload(w http.ResponseWriter, r *http.Request) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	var resource struct{ Name string }
	var content []byte
	first, err := parts.NextPart()
	if err == nil {
		err = json.NewDecoder(first).Decode(&resource)
	}
	if err == nil {
		var second *multipart.Part
		if second, err = parts.NextPart(); err == nil {
			content, err = io.ReadAll(second)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if resource.Name == "" {
		resource.Name, _ = url.QueryUnescape(r.URL.Query().Get("name"))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if want := r.URL.Query().Get("ifGenerationMatch"); want != "" && want != fmt.Sprint(o.objects[resource.Name].generation) {
		http.Error(w, `{"error":{"code":412,"message":"conditionNotMet"}}`, http.StatusPreconditionFailed)
		return
	}
	writeJSON(w, o.putBytes(resource.Name, content).resource(resource.Name))
}
