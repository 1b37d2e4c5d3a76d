package artifact

import (
	"iter"
	"slices"
	"strings"
)

// PathSet is the paths of a set of files. It knows which other paths cannot
// stand beside them. The zero PathSet is empty and ready.
type PathSet struct {
	files   map[string]string // each path, by its lower case
	folders map[string]bool   // that the paths lead through, in lower case
}

// Paths returns the paths of files.
func Paths(files []File) (s PathSet) {
	for _, f := range files {
		s.Add(f.Path)
	}
	return s
}

// Add puts a path into the set.
func (s *PathSet) Add(path string) {
	if s.files == nil {
		s.files, s.folders = map[string]string{}, map[string]bool{}
	}
	folded := strings.ToLower(path)
	s.files[folded] = path
	for folder := range foldersOf(folded) {
		s.folders[folder] = true
	}
}

// Rename puts a path in the place of another one. The folders of the old path
// stay taken.
func (s *PathSet) Rename(from, to string) {
	delete(s.files, strings.ToLower(from))
	s.Add(to)
}

// Find returns the path of the set that is the same as path, or differs from it
// by case only.
func (s *PathSet) Find(path string) (there string, ok bool) {
	there, ok = s.files[strings.ToLower(path)]
	return there, ok
}

// Clashes reports whether path, as a file, would be a folder of other files as
// well, or would lead through a file.
func (s *PathSet) Clashes(path string) bool {
	path = strings.ToLower(path)
	for folder := range foldersOf(path) {
		if _, ok := s.files[folder]; ok {
			return true
		}
	}
	return s.folders[path]
}

// hasFolder reports whether files of the set lie in the folder path.
func (s *PathSet) hasFolder(path string) bool { return s.folders[strings.ToLower(path)] }

// foldersOf yields the folders that a path leads through.
func foldersOf(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == '/' && !yield(path[:i]) {
				return
			}
		}
	}
}

// Overlay returns base with each item of over in the place of the one that has
// the same path, or after all others if there is none. It leaves base as it is.
func Overlay[T any](base, over []T, path func(T) string) []T {
	all := slices.Clone(base)
	at := make(map[string]int, len(base)+len(over)) // the index of each path
	for i, item := range base {
		at[path(item)] = i
	}
	for _, item := range over {
		if i, ok := at[path(item)]; ok {
			all[i] = item
			continue
		}
		at[path(item)] = len(all)
		all = append(all, item)
	}
	return all
}
