// Package consoleweb serves the web console: the pages and assets of one folder, and what they need to know before
// anybody has signed in.
//
// The files are listed once, when the handler is made, so nothing else can be asked for. They are stored compressed,
// and the server compresses nothing.
package consoleweb

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// index is the page that finds out by itself what an address means.
const index = "index.html"

// explorer is the page of the API explorer, whose editor needs more than the rest of the console.
const explorer = "explorer"

// notPages are addresses of other things, and all below them. Whoever asks for one of them wants no page.
var notPages = []string{"/api", "/assets", "/graphql", "/healthz", "/readyz", "/session"}

// Info is what the console is told before anybody has signed in. Everybody can read it.
type Info struct {
	// Version is that of the build.
	Version string `json:"version"`
}

// Handler serves the console. It is safe for concurrent use.
type Handler struct {
	files map[string]*file
	info  *file
}

var _ http.Handler = (*Handler)(nil)

// New reads the folder of a build, which must have an index.html. Files may be there compressed, with .br or .gz at the
// end of their names, beside the file itself or in its place.
func New(folder fs.FS, info Info) (*Handler, error) {
	files, err := readFiles(folder)
	if err != nil {
		return nil, fmt.Errorf("read console: %w", err)
	}

	if files[index] == nil {
		return nil, fmt.Errorf("read console: %w", &fs.PathError{Op: "open", Path: index, Err: fs.ErrNotExist})
	}

	text, err := json.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("write console.json: %w", err)
	}

	about := &file{name: "console.json"}
	about.add("", text, func() (io.ReadSeekCloser, error) { return inMemory(text), nil })

	return &Handler{files: files, info: about}, nil
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())

	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "use GET")

		return
	}

	found := h.find(r.URL.Path)
	if found == nil {
		refuse(w, http.StatusNotFound, "NOT_FOUND", "there is nothing here")

		return
	}

	found.serve(w, r)
}

// find returns what is at a path: a file, a page of its own, or the index for whatever looks like a page.
func (h *Handler) find(at string) *file {
	if at == "/console.json" {
		return h.info
	}

	name := strings.Trim(at, "/")
	if name == "" {
		return h.files[index]
	}

	// Not in shape: nobody is given such an address.
	if path.Clean("/"+name) != "/"+name {
		return nil
	}

	for _, one := range []string{name, name + ".html", name + "/" + index} {
		if found := h.files[one]; found != nil {
			return found
		}
	}

	if typeOf(name) != "" || slices.ContainsFunc(notPages, func(other string) bool { return isBelow(at, other) }) {
		return nil
	}

	return h.files[index]
}

func isBelow(at, top string) bool { return at == top || strings.HasPrefix(at, top+"/") }

// secure sets what is right for every answer.
func secure(header http.Header) {
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// It consists of texts, so it can be written, and who has hung up needs no answer.
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "message": message})
}

// serve answers with the file, in the smallest form that the browser takes.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	form, ok := f.choose(r.Header.Get("Accept-Encoding"))
	if !ok {
		refuse(w, http.StatusNotAcceptable, "NOT_ACCEPTABLE", "the file is there in other encodings only")

		return
	}

	content, err := form.open()
	if err != nil {
		// It was there at the start and is a part of the program, so this does not happen.
		refuse(w, http.StatusInternalServerError, "INTERNAL", "the file cannot be read")

		return
	}
	defer content.Close()

	header := w.Header()
	header.Set("Cache-Control", f.cacheControl())
	header.Set("Content-Type", f.contentType())
	header.Set("ETag", form.etag)

	if f.policy != "" {
		header.Set("Content-Security-Policy", f.policy)
	}

	if len(f.forms) > 1 {
		header.Set("Vary", "Accept-Encoding")
	}

	if form.encoding != "" {
		header.Set("Content-Encoding", form.encoding)
	}

	// It knows HEAD, ranges, and who has the file already.
	http.ServeContent(w, r, "", time.Time{}, content)
}
