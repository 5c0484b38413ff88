// Verify checks an exported journal without the instance that wrote it: every entry against its leaf, every checkpoint
// against the tree up to it and the keys given, and the whole against a checkpoint that was kept.
//
//	verify -key <key> [-key <key>…] [-kept checkpoint.txt] journal.ndjson
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

type line struct {
	Checkpoint, Hash, Leaf, Salt string
	Position                     int64
	Content, Personal            *string
}

type note struct {
	origin, root, text string
	size               int64
	signatures         [][2]string
}

func parseNote(s string) (*note, error) {
	body := strings.Split(s, "\n")
	end := strings.LastIndex(s, "\n\n")
	if end < 0 || len(body) < 4 {
		return nil, errors.New("it is no signed note")
	}
	size, err := strconv.ParseInt(body[1], 10, 64)
	n := &note{origin: body[0], root: body[2], text: s[:end+1], size: size}
	for _, l := range strings.Split(s[end+2:], "\n") {
		if f := strings.Split(l, " "); len(f) == 3 && f[0] == "—" {
			n.signatures = append(n.signatures, [2]string{f[1], f[2]})
		}
	}
	return n, err
}

// signed says whether one of the keys, each <name>+<id>+<base64>, signed the note for its own log.
func (n *note) signed(keys []string) bool {
	for _, k := range keys {
		f := append(strings.SplitN(k, "+", 3), "", "")
		key, _ := base64.StdEncoding.DecodeString(f[2])
		if len(key) != 33 || key[0] != 1 || f[0] != n.origin {
			continue
		}
		id := sha256.Sum256(append([]byte(f[0]+"\n"), key...))
		for _, s := range n.signatures {
			sig, _ := base64.StdEncoding.DecodeString(s[1])
			if s[0] == f[0] && len(sig) == 68 && bytes.Equal(sig[:4], id[:4]) &&
				ed25519.Verify(ed25519.PublicKey(key[1:]), []byte(n.text), sig[4:]) {
				return true
			}
		}
	}
	return false
}

// tree is what RFC 6962 makes of leaves, kept as the roots of its complete parts.
type tree struct {
	size  int64
	peaks [][]byte
}

func join(l, r []byte) []byte {
	h := sha256.Sum256(append(append([]byte{1}, l...), r...))
	return h[:]
}

func (t *tree) add(leaf []byte) {
	for n := t.size; n&1 == 1; n >>= 1 {
		leaf = join(t.peaks[len(t.peaks)-1], leaf)
		t.peaks = t.peaks[:len(t.peaks)-1]
	}
	t.peaks = append(t.peaks, leaf)
	t.size++
}

func (t *tree) root() string {
	i := len(t.peaks) - 1
	r := t.peaks[i]
	for i--; i >= 0; i-- {
		r = join(t.peaks[i], r)
	}
	return base64.StdEncoding.EncodeToString(r)
}

type verifier struct {
	tree
	keys   []string
	sound  int64 // all is well up to here
	faults int
}

func (v *verifier) fault(format string, args ...any) {
	v.faults++
	fmt.Printf(format+"\n", args...)
}

// check says what is wrong with an entry at the position after the last one, and returns its sealed leaf.
func (v *verifier) check(e line) []byte {
	want := v.size + 1
	if e.Position != want {
		v.fault("position %d: missing or inserted: the next entry says position %d", want, e.Position)
	}
	sealed, _ := base64.StdEncoding.DecodeString(e.Hash)
	if e.Leaf == "" || len(sealed) != 32 {
		v.fault("position %d: missing: the entry or its sealed hash is gone", want)
		return sealed
	}
	said := struct{ Content, Personal string }{}
	leaf := sha256.Sum256(append([]byte{0}, e.Leaf...))
	if json.Unmarshal([]byte(e.Leaf), &said) != nil || !bytes.Equal(leaf[:], sealed) {
		v.fault("position %d: edited or reordered: the entry is not the one that was sealed", want)
	}
	// Content that was deleted, and personal fields that were erased, are known by their hashes alone.
	salt, _ := hex.DecodeString(e.Salt)
	if differs(nil, e.Content, said.Content) || differs(salt, e.Personal, said.Personal) {
		v.fault("position %d: edited: its content or its personal fields are not those that were sealed", want)
	}
	return sealed
}

func (v *verifier) checkpoint(s string) {
	n, err := parseNote(s)
	switch {
	case err != nil || n.size != v.size || v.size == 0:
		v.fault("position %d: missing or inserted: a checkpoint of another size, or none, stands here", v.size)
	case !n.signed(v.keys):
		v.fault("position %d: the checkpoint is not signed by a key that was given", v.size)
	case n.root != v.root():
		v.fault("after position %d, up to %d: the log is not the one that was signed", v.sound, v.size)
	default:
		v.sound = v.size
	}
}

func differs(salt []byte, text *string, said string) bool {
	if text == nil {
		return false
	}
	h := sha256.Sum256(append(salt, *text...))
	return hex.EncodeToString(h[:]) != said
}

func main() {
	v, kept := &verifier{}, &note{}
	flag.Func("key", "a key of the log; may be repeated", func(s string) error { v.keys = append(v.keys, s); return nil })
	keptFile := flag.String("kept", "", "a checkpoint that was kept")
	flag.Parse()
	in, err := os.Open(flag.Arg(0))
	if err == nil && *keptFile != "" {
		var text []byte
		if text, err = os.ReadFile(*keptFile); err == nil {
			kept, err = parseNote(string(text))
		}
	}
	for r := bufio.NewReaderSize(in, 1<<20); err == nil; {
		var text []byte
		if text, err = r.ReadBytes('\n'); err == io.EOF && len(text) == 0 {
			break
		}
		var l line
		if bad := json.Unmarshal(text, &l); bad != nil {
			v.fault("position %d: the export is damaged: %v", v.size+1, bad)
		} else if l.Checkpoint != "" {
			v.checkpoint(l.Checkpoint)
		} else if v.add(v.check(l)); kept.size == v.size && kept.root != v.root() {
			v.fault("up to position %d: forked: the log is not the one of the kept checkpoint", v.size)
		}
	}
	if err != nil && err != io.EOF {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if v.sound != v.size {
		v.fault("after position %d: %d entries are under no sound checkpoint", v.sound, v.size-v.sound)
	}
	if kept.size > v.size {
		v.fault("after position %d: truncated: the kept checkpoint has %d entries", v.size, kept.size)
	}
	fmt.Printf("%d entries, %d faults\n", v.size, v.faults)
	if v.faults > 0 {
		os.Exit(1)
	}
}
