package scheduling

import (
	"context"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/technician"
)

// RegisterTechnician says all of a technician. His name is sealed.
func (h *handler) RegisterTechnician(
	ctx context.Context, req *schedulingv1.RegisterTechnicianRequest,
) (*schedulingv1.RegisterTechnicianResponse, error) {
	who := technicianID(req)
	env, err := h.command(ctx, req, who)
	if err != nil {
		return nil, err
	}
	name, err := h.sealName(ctx, who, env, req.GetName())
	if err != nil {
		return nil, err
	}
	done, err := h.technicians.Execute(ctx, who, env, technician.Register{
		TechnicianID: who, Name: name, Skills: req.GetSkills(), Working: weekly(req.GetWorkingTimes()), At: env.DecidedAt,
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.RegisterTechnicianResponse{TechnicianId: who, ConsistencyToken: rpc.Token(done.Position)}, nil
}

func (h *handler) sealName(ctx context.Context, who string, env command.Envelope, name string) (sealed.Data, error) {
	return h.house.Vault.Seal(ctx, "technician-"+who, vault.Operational, "name",
		place(h.technicians.Stream(who), env.CommandID), []byte(name))
}

// UpdateTechnician changes what is given.
func (h *handler) UpdateTechnician(
	ctx context.Context, req *schedulingv1.UpdateTechnicianRequest,
) (*schedulingv1.UpdateTechnicianResponse, error) {
	who := technicianID(req)
	env, err := h.command(ctx, req, who)
	if err != nil {
		return nil, err
	}
	cmd := technician.Update{TechnicianID: who, At: env.DecidedAt}
	if req.Name != nil {
		name, err := h.sealName(ctx, who, env, req.GetName())
		if err != nil {
			return nil, err
		}
		cmd.Name = &name
	}
	if req.GetSkills() != nil {
		cmd.Skills = new(req.GetSkills().GetSkills())
	}
	if req.GetWorkingTimes() != nil {
		cmd.Working = new(weekly(req.GetWorkingTimes().GetWorkingTimes()))
	}
	if req.GetAbsences() != nil {
		away, err := absences(req.GetAbsences().GetAbsences())
		if err != nil {
			return nil, err
		}
		cmd.Absences = &away
	}
	done, err := h.technicians.Execute(ctx, who, env, cmd)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.UpdateTechnicianResponse{
		Technician: technicianMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// RetireTechnician ends his bookings.
func (h *handler) RetireTechnician(
	ctx context.Context, req *schedulingv1.RetireTechnicianRequest,
) (*schedulingv1.RetireTechnicianResponse, error) {
	who := technicianID(req)
	env, err := h.command(ctx, req, who)
	if err != nil {
		return nil, err
	}
	done, err := h.technicians.Execute(ctx, who, env, technician.Retire{At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.RetireTechnicianResponse{
		Technician: technicianMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// ListTechnicians pages through technicians by id.
func (h *handler) ListTechnicians(
	ctx context.Context, req *schedulingv1.ListTechniciansRequest,
) (*schedulingv1.ListTechniciansResponse, error) {
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	if err := h.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	list, last, err := h.roster(ctx, wanted{
		skill: req.GetSkill(), retired: req.GetIncludeRetired(), after: page.Key, limit: page.Size,
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.ListTechniciansResponse{Technicians: list, NextPageToken: page.Next(last)}, nil
}

func technicianMessage(t technician.Technician, revision eventstore.Revision) *schedulingv1.Technician {
	m := &schedulingv1.Technician{
		TechnicianId: t.TechnicianID, Skills: t.Skills, Retired: t.Retired, Revision: int64(revision),
	}
	for _, w := range t.Working {
		window := &schedulingv1.WorkingTime{From: w.From, To: w.To}
		for _, day := range w.Days {
			window.Days = append(window.Days, int32(day))
		}
		m.WorkingTimes = append(m.WorkingTimes, window)
	}
	for _, a := range t.Absences {
		m.Absences = append(m.Absences, &schedulingv1.Absence{From: timestamppb.New(a.From), To: timestamppb.New(a.To)})
	}
	return m
}

func weekly(all []*schedulingv1.WorkingTime) []hours.Weekly {
	out := make([]hours.Weekly, 0, len(all))
	for _, w := range all {
		window := hours.Weekly{From: w.GetFrom(), To: w.GetTo()}
		for _, day := range w.GetDays() {
			window.Days = append(window.Days, int(day))
		}
		out = append(out, window)
	}
	return out
}

func absences(all []*schedulingv1.Absence) ([]technician.Absence, error) {
	out := make([]technician.Absence, 0, len(all))
	for i, a := range all {
		if a.GetFrom().CheckValid() != nil || a.GetTo().CheckValid() != nil {
			return nil, rpc.InvalidField("absences.absences["+strconv.Itoa(i)+"]", "timestamp.valid",
				"must be instants between the years 1 and 9999")
		}
		out = append(out, technician.Absence{From: a.GetFrom().AsTime(), To: a.GetTo().AsTime()})
	}
	return out, nil
}
