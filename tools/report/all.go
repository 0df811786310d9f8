package report

// OfAll judges runs that belong together: nothing is complete unless each of them is. What is missing of several for the same reason is
// added up. Runs without a verdict, of which nothing came, do not count.
func OfAll(verdicts ...Verdict) Verdict {
	var all Verdict
	for _, v := range verdicts {
		all.Kind = max(all.Kind, v.Kind)
		all.AgedOut += v.AgedOut
		if v.Tool != "" {
			all.Tool = v.Tool
		}
		for _, l := range v.Losses {
			all.Losses = addLoss(all.Losses, l)
		}
	}
	return all
}

// addLoss adds a loss to those that are known. A count that is unknown stays unknown.
func addLoss(losses []Loss, l Loss) []Loss {
	for i := range losses {
		known := &losses[i]
		if known.Kind != l.Kind || known.Detail != l.Detail || (known.Count == 0) != (l.Count == 0) {
			continue
		}
		known.Count += l.Count
		if known.Since.IsZero() || !l.Since.IsZero() && l.Since.Before(known.Since) {
			known.Since = l.Since
		}
		return losses
	}
	return append(losses, l)
}

// Nothing is the verdict on a pod of which nothing came, beside others.
func Nothing(of, why string) Verdict {
	return Verdict{Kind: Incomplete, Losses: []Loss{{Kind: LostByFailure, Detail: "nothing of " + of + ": " + why}}}
}
