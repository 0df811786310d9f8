package option

import (
	"encoding/csv"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Words are the flags that were given, to be given once more.
func Words(flags *pflag.FlagSet) (words []string) {
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Changed {
			return
		}
		switch f.Value.Type() {
		case "bool":
			words = append(words, strings.TrimSuffix("--"+f.Name+"="+f.Value.String(), "=true"))
		case "stringSlice":
			all, _ := flags.GetStringSlice(f.Name) // fails only for another type
			if len(all) == 0 {
				words = append(words, "--"+f.Name+"=")
			}
			for _, one := range all {
				words = append(words, "--"+f.Name, commaSafe(one))
			}
		case "stringToString":
			all, _ := flags.GetStringToString(f.Name)
			for _, key := range slices.Sorted(maps.Keys(all)) {
				words = append(words, "--"+f.Name, pairWord(key+"="+all[key]))
			}
		default:
			words = append(words, "--"+f.Name, f.Value.String())
		}
	})
	return words
}

// pairWord is a KEY=VALUE as pflag reads it: as it stands if there is one = only, and otherwise with commas that separate.
func pairWord(pair string) string {
	if strings.Count(pair, "=") == 1 {
		return pair
	}
	return commaSafe(pair)
}

// commaSafe is one value of a flag whose values a comma separates.
func commaSafe(value string) string {
	var out strings.Builder
	w := csv.NewWriter(&out)
	_ = w.Write([]string{value}) // a strings.Builder takes everything
	w.Flush()
	return strings.TrimSuffix(out.String(), "\n")
}
