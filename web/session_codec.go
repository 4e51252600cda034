package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"waybill/handlers"
)

// sessionCodec writes sessions as JSON. A page reads one and seldom writes one; gob, which scs has by itself, sends the
// types of the values along and compiles a decoder for them each time, at ten times the price.
type sessionCodec struct{}

// keptSession keeps the kinds of values apart, because JSON does not.
type keptSession struct {
	Deadline time.Time         `json:"until"`
	Texts    map[string]string `json:"texts,omitempty"`
	Ints     map[string]int    `json:"ints,omitempty"`
	Int64s   map[string]int64  `json:"int64s,omitempty"`
}

// Encode is for texts, int and int64: all that sessions hold.
func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	kept := keptSession{Deadline: deadline, Texts: map[string]string{}, Ints: map[string]int{}, Int64s: map[string]int64{}}
	for name, value := range values {
		switch v := value.(type) {
		case string:
			kept.Texts[name] = v
		case int:
			kept.Ints[name] = v
		case int64:
			kept.Int64s[name] = v
		default:
			return nil, fmt.Errorf("session value %s is a %T, which sessions do not hold", name, value)
		}
	}
	return json.Marshal(kept)
}

// Decode also reads what earlier versions wrote, so that an upgrade signs nobody out.
func (sessionCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	if !bytes.HasPrefix(data, []byte(`{"`)) {
		return scs.GobCodec{}.Decode(data)
	}
	var kept keptSession
	if err := json.Unmarshal(data, &kept); err != nil {
		return time.Time{}, nil, err
	}
	values := make(map[string]any, len(kept.Texts)+len(kept.Ints)+len(kept.Int64s))
	for name, v := range kept.Texts {
		values[name] = v
	}
	for name, v := range kept.Ints {
		values[name] = v
	}
	for name, v := range kept.Int64s {
		values[name] = v
	}
	return kept.Deadline, values, nil
}

// signedIn is the id of the account that a session is of, 0 for a guest's.
func (c sessionCodec) signedIn(data []byte) (int64, error) {
	_, values, err := c.Decode(data)
	id, _ := values[handlers.SessionUserID].(int64)
	return id, err
}
