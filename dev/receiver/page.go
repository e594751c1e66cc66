package receiver

import (
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
)

//go:embed page.html
var pageSource string

// pageTemplate escapes everything it is given: bodies and headers come from
// whoever can reach the port.
var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page shows the last requests.
func (r *Receiver) page(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if err := pageTemplate.Execute(w, r.Requests()); err != nil {
		r.log.WarnContext(req.Context(), "show received webhooks", slog.Any("error", err))
	}
}
