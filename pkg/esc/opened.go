package esc

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// decodeOpened reads an opened environment, as an object, in one pass: a decoder
// that reads each level again takes minutes for a deep text. An environment
// without values has no properties; an answer that has other fields only is an
// error.
func decodeOpened(a answer) (Value, error) {
	if !plausible(a.Body) {
		return Value{}, errNotUnderstood
	}
	r := reader{json.NewDecoder(bytes.NewReader(a.Body))}
	r.UseNumber()
	opened, environment, other := Value{Kind: Object}, false, false
	err := r.object(func(field string) (err error) {
		switch field {
		case "properties":
			environment = true
			opened.Object, err = r.values()
			return err
		case "schema", "executionContext":
			environment = true
		default:
			other = true
		}
		return r.skip()
	})
	if _, more := r.Token(); err != nil || !errors.Is(more, io.EOF) || (other && !environment) {
		return Value{}, errNotUnderstood
	}
	return opened, nil
}

// reader reads the service's form of values.
type reader struct{ *json.Decoder }

// object calls field for each name of an object; field reads what belongs to it.
func (r reader) object(field func(name string) error) error {
	if token, err := r.Token(); err != nil || token != json.Delim('{') {
		return errNotUnderstood
	}
	return r.fields(field)
}

func (r reader) fields(field func(name string) error) error {
	for r.More() {
		token, err := r.Token()
		if err != nil {
			return err
		}
		if err := field(token.(string)); err != nil {
			return err
		}
	}
	_, err := r.Token()
	return err
}

// values reads an object of values; it is never nil.
func (r reader) values() (map[string]Value, error) {
	all := map[string]Value{}
	err := r.object(func(name string) (err error) {
		all[name], err = r.value()
		return err
	})
	return all, err
}

// value reads {"value": ..., "secret": ..., ...}, or null.
func (r reader) value() (Value, error) {
	v, unknown := Value{Kind: Null}, false
	switch token, err := r.Token(); {
	case err == nil && token == nil:
		return v, nil
	case err != nil || token != json.Delim('{'):
		return v, errNotUnderstood
	}
	err := r.fields(func(name string) error {
		switch name {
		case "value":
			return r.content(&v)
		case "secret":
			return r.Decode(&v.Secret)
		case "unknown":
			return r.Decode(&unknown)
		}
		return r.skip()
	})
	if unknown {
		v = Value{Kind: Unknown, Secret: v.Secret}
	}
	return v, err
}

func (r reader) content(v *Value) error {
	token, err := r.Token()
	switch t := token.(type) {
	case string:
		v.Kind, v.Text = String, secrets.NewValue(t)
	case json.Number:
		v.Kind, v.Text = Number, secrets.NewValue(t.String())
	case bool:
		v.Kind, v.Text = Bool, secrets.NewValue(strconv.FormatBool(t))
	case json.Delim:
		return r.composite(v, t)
	}
	return err
}

func (r reader) composite(v *Value, begin json.Delim) error {
	if begin == '{' {
		v.Kind, v.Object = Object, map[string]Value{}
		return r.fields(func(name string) (err error) {
			v.Object[name], err = r.value()
			return err
		})
	}
	v.Kind = List
	for r.More() {
		item, err := r.value()
		if err != nil {
			return err
		}
		v.List = append(v.List, item)
	}
	_, err := r.Token()
	return err
}

// skip passes over a value, whatever it is.
func (r reader) skip() error {
	for depth := 0; ; {
		token, err := r.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
