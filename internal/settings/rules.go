package settings

// SecretSource says where signing secrets come from.
type SecretSource string

// The sources.
const (
	// AnySource leaves it to the user: chosen, or generated when none is given.
	AnySource SecretSource = "ANY"
	// Chosen secrets are always given by the user.
	Chosen SecretSource = "CHOSEN"
	// Generated secrets are never given by the user.
	Generated SecretSource = "GENERATED"
)

// Rules say how far a webhook may leave the settings of its profile.
type Rules struct {
	// Methods that may be chosen. None means all.
	Methods []Method `json:"methods"`
	// MinTimeoutSeconds and MaxTimeoutSeconds bound the timeout.
	MinTimeoutSeconds int `json:"minTimeoutSeconds"`
	MaxTimeoutSeconds int `json:"maxTimeoutSeconds"`
	// MaxRetries bounds the schedule.
	MaxRetries   int          `json:"maxRetries"`
	SecretSource SecretSource `json:"secretSource"`
	// SignatureRequired demands that requests are signed, whatever else they do.
	SignatureRequired bool `json:"signatureRequired"`
}

// AllowedMethods returns the methods that may be chosen.
func (r Rules) AllowedMethods() []Method {
	if len(r.Methods) == 0 {
		return []Method{Post, Put, Patch, Get}
	}

	return r.Methods
}
