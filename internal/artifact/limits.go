package artifact

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/errs"
	"golang.org/x/text/unicode/norm"
)

// The limits of a set of files, and of one file and its path in bytes.
const (
	MaxFiles     = 200
	MaxFileBytes = 512 << 10
	MaxSetBytes  = 2 << 20
	MaxPathBytes = 200
)

// CleanPath returns the safe relative form of a path that a model or a client
// wrote: it drops a leading "./" and makes the characters NFC. It refuses an
// absolute path, a part "..", and everything that a file system could take for
// another path or that nobody can see. Its error is a phrase for people.
func CleanPath(p string) (string, error) {
	if len(p) <= 4*MaxPathBytes {
		p = norm.NFC.String(p)
	}
	for strings.HasPrefix(p, "./") {
		p = p[2:]
	}
	switch {
	case p == "":
		return "", errors.New("the path is empty")
	case len(p) > MaxPathBytes:
		return "", fmt.Errorf("the path is longer than %d bytes", MaxPathBytes)
	case !utf8.ValidString(p):
		return "", errors.New("the path is not valid UTF-8")
	case strings.ContainsFunc(p, func(r rune) bool { return !unicode.IsPrint(r) }), strings.ContainsAny(p, blanks):
		return "", errors.New("the path holds characters that do not show")
	case strings.ContainsAny(p, "\\:*?\"<>|`"):
		return "", errors.New("the path holds one of \\ : * ? \" < > | `")
	case path.IsAbs(p):
		return "", errors.New("the path is absolute")
	}
	for part := range strings.SplitSeq(p, "/") {
		switch {
		case part == "" || part == "." || part == "..":
			return "", errors.New(`the path has a part that is empty, "." or ".."`)
		case strings.HasSuffix(part, ".") || part != strings.TrimSpace(part):
			return "", errors.New("the path has a part that ends in a dot or has spaces around it")
		case device.MatchString(part):
			return "", fmt.Errorf("%q is a device on Windows", part)
		}
	}
	return p, nil
}

// blanks are letters and symbols that nobody can see: fillers of Hangul, a joiner,
// an empty Braille pattern.
const blanks = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

// device matches a name that Windows keeps for a device, whatever its extension:
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)`)

// Check refuses files that cannot be kept as they are. Each path must be as
// CleanPath leaves it, no two may differ by case only, none may be a folder of
// another, and all limits hold. INVALID_ARGUMENT bad-request or too-large, with the
// path in its message.
func Check(files []File) error {
	if len(files) > MaxFiles {
		return errs.New(errs.InvalidArgument, errs.TooLarge, "There are %d files; a project holds at most %d.", len(files), MaxFiles)
	}
	var all, seen PathSet
	for _, f := range files {
		all.Add(f.Path)
	}
	size := 0
	for _, f := range files {
		clean, err := CleanPath(f.Path)
		_, again := seen.Find(f.Path)
		switch {
		case err != nil:
			return errs.New(errs.InvalidArgument, errs.BadRequest, "The file %.200q cannot be saved: %s.", f.Path, err)
		case clean != f.Path:
			return errs.New(errs.InvalidArgument, errs.BadRequest, "The file %q must be called %q.", f.Path, clean)
		case again:
			return errs.New(errs.InvalidArgument, errs.BadRequest, "The file %q is there twice, or differs from another by case only.", f.Path)
		case all.hasFolder(f.Path):
			return errs.New(errs.InvalidArgument, errs.BadRequest, "%q is both a file and a folder.", f.Path)
		case !utf8.ValidString(f.Content):
			return errs.New(errs.InvalidArgument, errs.BadRequest, "The file %q is not text (UTF-8).", f.Path)
		case len(f.Content) > MaxFileBytes:
			return errs.New(errs.InvalidArgument, errs.TooLarge, "The file %q has %d KB; a file holds at most %d KB.", f.Path, len(f.Content)>>10, MaxFileBytes>>10)
		}
		seen.Add(f.Path)
		if size += len(f.Content); size > MaxSetBytes {
			return errs.New(errs.InvalidArgument, errs.TooLarge, "The files together hold more than %d KB.", MaxSetBytes>>10)
		}
	}
	return nil
}
