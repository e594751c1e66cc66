package organization

import (
	"crypto/rand"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/surehook/surehook/internal/problem"
)

const (
	// maxSlugLength is the limit of a slug, in characters. A label of DNS holds as many.
	maxSlugLength = 63
	// maxSlugNumber bounds the search for a slug that is not taken: after it comes a suffix that nobody else has.
	maxSlugNumber = 9
	// defaultSlug is for names without a letter that a slug can have.
	defaultSlug = "organization"
)

func checkSlug(problems *problem.List, slug string) {
	switch {
	case slug == "":
		problems.Add(problem.Required, "must not be empty", "slug")
	case len(slug) > maxSlugLength:
		problems.Addf(problem.TooLong, "slug", "must be at most %d characters", maxSlugLength)
	case strings.ContainsFunc(slug, notInSlug) || strings.Trim(slug, "-") != slug:
		problems.Add(problem.Invalid,
			"must consist of lower-case letters, digits and hyphens, without a hyphen at its ends", "slug")
	}
}

// slugsOf returns slugs for the name in the order in which to try them: acme, acme-2 and so on to acme-9, and then one
// with 26 random characters.
func slugsOf(name string) []string {
	slug := slugOf(name)
	out := []string{slug}

	add := func(suffix string) {
		out = append(out, strings.TrimRight(slug[:min(len(slug), maxSlugLength-len(suffix))], "-")+suffix)
	}

	for n := 2; n <= maxSlugNumber; n++ {
		add("-" + strconv.Itoa(n))
	}

	add("-" + strings.ToLower(rand.Text()))

	return out
}

// slugOf keeps letters and digits of ASCII, also from under their accents, and has one hyphen for what lies between.
func slugOf(name string) string {
	var out strings.Builder

	gap := false

	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r):
			// An accent, which NFKD has taken off its letter.
		case r == '-' || notInSlug(r):
			gap = true
		default:
			if gap && out.Len() > 0 {
				out.WriteByte('-')
			}

			gap = false

			out.WriteRune(r)
		}
	}

	slug := out.String()
	if slug == "" {
		return defaultSlug
	}

	return strings.TrimRight(slug[:min(len(slug), maxSlugLength)], "-")
}

func notInSlug(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
