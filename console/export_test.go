package console

// What is embedded, and what is done with it.
var (
	All  = files
	From = from
)
