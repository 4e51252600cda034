package ui

// ScanProps describes the place of a page where it is scanned.
type ScanProps struct {
	Action string
	Key    string // makes a scan that is sent twice without script count once
	Hint   string // what to scan next
	Fields []HiddenField
}

// HiddenField is a field of a form that nobody fills in.
type HiddenField struct{ Name, Value string }

// ScanTone is the colour, the sign and the sound of an answer.
type ScanTone string

// The tones; static/scan.js plays them.
const (
	ScanOK    ScanTone = "ok"
	ScanWrong ScanTone = "wrong"
	ScanDone  ScanTone = "done"
)

// ScanAnswer is what is said to a scan.
type ScanAnswer struct {
	Tone  ScanTone
	Title string // a few words, to be read from an arm's length
	Text  string
	Go    string // an address to go on to; "" stays
}

func (a ScanAnswer) icon() IconName {
	switch a.Tone {
	case ScanWrong:
		return IconFail
	case ScanDone:
		return IconBoxCheck
	default:
		return IconDone
	}
}

// ScanForm is the id of the form of ScanBar: fields elsewhere on the page join it by name.
const ScanForm = "scan"
