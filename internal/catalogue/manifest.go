package catalogue

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Manifest lists what was in a revision when it was published. It is stored
// beside the files as manifest.json, and only files that it names are handed out.
type Manifest struct {
	ModelID  string `json:"modelId"`
	Revision string `json:"revision"`
	Engine   Engine `json:"engine"`
	Config   File   `json:"config"` // model-config.json
	Files    []File `json:"files"`  // in the order of their paths
}

// File is one file of a manifest.
type File struct {
	Path       string `json:"path"`
	Size       int64  `json:"size"`              // bytes
	SHA256     string `json:"sha256"`            // hexadecimal
	CRC32C     string `json:"crc32c"`            // base64 of four bytes, as Cloud Storage writes it
	Generation int64  `json:"generation,string"` // of the object when it was hashed
}

// crc32c writes a checksum as Cloud Storage does.
func crc32c(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// encode returns the manifest as it is stored: the same bytes for the same files.
func (m Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(m)
	return b.Bytes(), err
}

// readManifest reads a manifest and compares its SHA-256 with that of ref.
func readManifest(text []byte, ref ManifestRef) (*Manifest, error) {
	if sum := hexSum(text); sum != ref.SHA256 {
		return nil, fmt.Errorf("%s has the SHA-256 %s, but %s was published", ManifestName, sum, ref.SHA256)
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("read %s: %w", ManifestName, err)
	}
	return m, nil
}

func hexSum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// place finds a path: the file of exactly that name.
func (m *Manifest) place(path string) (int, bool) {
	return slices.BinarySearchFunc(m.Files, path, func(f File, path string) int { return strings.Compare(f.Path, path) })
}

// bytes is the size of all files.
func (m *Manifest) bytes() int64 {
	sum := int64(0)
	for _, f := range m.Files {
		sum += f.Size
	}
	return sum
}

// changes compares a manifest with the objects that are there now, by path.
func (m *Manifest) changes(objects map[string]Object) []string {
	var all []string
	for _, f := range append([]File{m.Config}, m.Files...) {
		switch o, there := objects[f.Path]; {
		case !there:
			all = append(all, f.Path+" is gone")
		case o.Generation != f.Generation:
			all = append(all, fmt.Sprintf("%s was overwritten (generation %d, published was %d)", f.Path, o.Generation, f.Generation))
		}
	}
	return all
}
