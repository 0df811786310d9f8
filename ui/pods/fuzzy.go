package pods

import "bytes"

// Scores of a match; higher is better. The exact name is best, then a part of it in one piece, then other texts in the row, then
// letters that stand apart.
const (
	scoreExact  = 1000
	scorePiece  = 600 // to 900
	scoreOther  = 500
	scoreApart  = 100 // to 499
	scoreLength = scoreExact + 1
)

// fuzzy says how well a word matches a text; 0 if it does not. In one piece it matches anywhere. Letters that stand apart must
// come in order, each close after the one before or at the beginning of a part of the text: otherwise a short word would match
// half of all long names that end in random letters.
func fuzzy(text []byte, w string, name int) int {
	if piece, at := inOnePiece(text, w, name); at >= 0 {
		return piece
	}
	if !inOrder(text, w) {
		return 0
	}
	score, _ := apart(text, w, false)
	return score
}

// inOnePiece finds the best place where the word occurs unchanged; at is -1 if there is none. The name of the pod begins at name,
// after its namespace.
func inOnePiece(text []byte, w string, name int) (score, at int) {
	at = -1
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte(w))
		if i < 0 {
			return score, at
		}
		i += from
		s := scorePiece
		switch {
		case i == name && len(w) == len(text)-name, i == 0 && len(w) == len(text):
			s = scoreExact
		case i == name:
			s += 250
		case beginsPart(text, i):
			s += 200
		}
		if s < scoreExact {
			s += max(0, 50-(len(text)-len(w))/2) // of two names, the shorter one is better
		}
		if s > score {
			score, at = s, i
		}
		from = i + 1
	}
}

func beginsPart(text []byte, i int) bool {
	return i == 0 || !isAlphanumeric(text[i-1])
}

func inOrder(text []byte, w string) bool {
	k := 0
	for i := 0; i < len(text) && k < len(w); i++ {
		if text[i] == w[k] {
			k++
		}
	}
	return k == len(w)
}

const (
	mostText = 320 // a namespace has 63 letters at most, a name 253
	farthest = 3   // letters that may be skipped
)

// apart says how well letters that stand apart match. If places is not nil, it gets where they are: only drawing needs them.
func apart(text []byte, w string, places bool) (int, []int) {
	n := min(len(text), mostText)
	var rows [2][mostText]int // best score of the word as far as this letter, ending here; 0 is none
	var came [][]int16
	last, now := rows[0][:n], rows[1][:n]
	for k := range len(w) {
		var from []int16
		if places {
			from = make([]int16, n)
			came = append(came, from)
		}
		best, bestAt := 0, 0 // of the row before, to the left
		for i := range n {
			now[i] = 0
			if text[i] == w[k] {
				s, at := landing(text, last, i, k, best, bestAt)
				now[i] = s
				if places {
					from[i] = int16(at)
				}
			}
			if k > 0 && last[i] > best {
				best, bestAt = last[i], i
			}
		}
		last, now = now, last
	}
	score, end := 0, 0
	for i, s := range last {
		if s > score {
			score, end = s, i
		}
	}
	if score == 0 {
		return 0, nil
	}
	score = scoreApart + min(399, score*30/len(w))
	if !places {
		return score, nil
	}
	found := make([]int, len(w))
	for k := len(w) - 1; k >= 0; k-- {
		found[k] = end
		end = int(came[k][end])
	}
	return score, found
}

// landing is the best score of the word up to letter k, if that letter is at i, and where the letter before it is then. Each
// letter is worth up to 10.
func landing(text []byte, last []int, i, k, best, bestAt int) (score, from int) {
	part := beginsPart(text, i) || !isAlphanumeric(text[i])
	if k == 0 {
		if part {
			return 10, 0
		}
		return 3, 0
	}
	for gap := 0; gap <= farthest && i-1-gap >= 0; gap++ {
		if s := last[i-1-gap]; s > 0 && s+8-2*gap > score {
			score, from = s+8-2*gap, i-1-gap
		}
	}
	if part && best > 0 && best+7 > score {
		score, from = best+7, bestAt
	}
	return score, from
}

// lettersOf returns which letters of the text a word matches, so that they can be underlined.
func lettersOf(text []byte, w string, name int) []int {
	if _, at := inOnePiece(text, w, name); at >= 0 {
		found := make([]int, len(w))
		for k := range found {
			found[k] = at + k
		}
		return found
	}
	_, found := apart(text, w, true)
	return found
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
}
