package intake

import (
	"context"
	"fmt"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/views"
)

// countRefusal adds one to a class; nothing of the person is counted.
func countRefusal(tx *views.Tx, class request.RefusalClass) error {
	return tx.Exec(`INSERT INTO refusals (class, refusals) VALUES (?, 1)
ON CONFLICT (class) DO UPDATE SET refusals = refusals + 1`, string(class))
}

// CountRefusals implements the RPC.
func (d *door) CountRefusals(
	ctx context.Context, req *intakev1.CountRefusalsRequest,
) (*intakev1.CountRefusalsResponse, error) {
	seen, err := rpc.ParseToken(req.GetConsistencyToken())
	if err != nil {
		return nil, err
	}
	if err := d.s.View().WaitFor(ctx, seen); err != nil {
		return nil, err
	}
	db, err := d.s.View().Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("count refusals: %w", err)
	}
	rows, err := db.QueryContext(ctx, `SELECT class, refusals FROM refusals`)
	if err != nil {
		return nil, fmt.Errorf("count refusals: %w", err)
	}
	defer rows.Close()
	counted := map[request.RefusalClass]int64{}
	for rows.Next() {
		var class string
		var refusals int64
		if err := rows.Scan(&class, &refusals); err != nil {
			return nil, fmt.Errorf("count refusals: %w", err)
		}
		counted[request.RefusalClass(class)] = refusals
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count refusals: %w", err)
	}
	out := &intakev1.CountRefusalsResponse{}
	for number := range len(intakev1.RefusalClass_name) {
		class := intakev1.RefusalClass(number)
		if n := counted[wordFor(refusalClasses, class)]; n > 0 {
			out.Counts = append(out.Counts, &intakev1.RefusalCount{RefusalClass: class, Refusals: n})
		}
	}
	return out, nil
}
