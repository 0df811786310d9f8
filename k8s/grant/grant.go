// Package grant says with which commands somebody who administers a cluster gives a right in it. It sends nothing.
//
// The door: Right and Who.
package grant

import (
	"cmp"
	"errors"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Right is the right to do something to the objects of one kind, in one namespace or, with "", in all.
type Right struct {
	Name      string // of its role; "": what it is about
	Verbs     []string
	Resource  string // as kubectl knows it: "pods", "pods/exec"; several are separated by commas, and then Name is needed
	Namespace string
}

// Read makes a Right of words such as "list and watch pods".
func Read(words, namespace string) Right {
	end := strings.LastIndexByte(words, ' ')
	if end < 0 {
		return Right{Resource: words, Namespace: namespace}
	}
	return Right{Verbs: strings.Split(words[:end], " and "), Resource: words[end+1:], Namespace: namespace}
}

// Commands give the right to somebody, as Who names them. They make a role that has nothing else, and bind it. Its name has theirs: kubectl
// refuses to make what is there, such as the role of somebody else who was given the same.
func (r Right) Commands(who string) string {
	role, of, in := "clusterrole", "clusterrolebinding", ""
	if r.Namespace != "" {
		role, of, in = "role", "rolebinding", " -n "+r.Namespace
	}
	name := "podtracer-" + cmp.Or(r.Name, strings.Join(r.Verbs, "-")+"-"+strings.ReplaceAll(r.Resource, "/", "-")) + "-" + short(who)
	return "kubectl create " + role + " " + name + in + " --verb=" + strings.Join(r.Verbs, ",") + " --resource=" + r.Resource +
		" && kubectl create " + of + " " + name + in + " --" + role + "=" + name + " " + subject(who)
}

// Unknown stands for a user whom nobody has named.
const Unknown = "USER"

var named = regexp.MustCompile(`User "([^"\\]+)"`)

// Who is the user whom the API has refused something. The API says that in words only; USER stands for a name that is not there.
func Who(err error) string {
	var refusal apierrors.APIStatus
	if !errors.As(err, &refusal) {
		return Unknown
	}
	if found := named.FindStringSubmatch(refusal.Status().Message); found != nil {
		return found[1]
	}
	return Unknown
}

const accounts = "system:serviceaccount:"

// subject is the flag by which kubectl binds a role to somebody.
func subject(who string) string {
	if account, ok := strings.CutPrefix(who, accounts); ok && plain(account, ":") {
		return "--serviceaccount=" + account
	}
	if plain(who, ":@_+/=,") {
		return "--user=" + who
	}
	return "--user=" + quoted(who)
}

// quoted is a word for a shell that may contain anything.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// plain says whether a word has only letters, digits, dashes, dots and these characters, which no shell changes.
func plain(word, more string) bool {
	return strings.IndexFunc(word, func(r rune) bool { return !isPlain(r) && !strings.ContainsRune(more, r) }) < 0
}

func isPlain(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.'
}

// short is a part of a name in the API that stands for somebody.
func short(who string) string {
	const longest = 40
	who = strings.TrimPrefix(who, accounts)
	name := strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case isPlain(r) && r != '.':
			return r
		default:
			return '-'
		}
	}, who)
	return strings.Trim(name[:min(len(name), longest)], "-")
}
