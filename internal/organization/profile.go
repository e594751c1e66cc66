package organization

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/profile"
)

// Profiles returns all profiles that an organization may be created with.
func (s *Service) Profiles() []profile.Profile { return s.profiles.List() }

// adopt gives a new organization its profile: a copy of its own, which later changes to the file do not reach, and the
// event types of its catalog.
func (s *Service) adopt(
	ctx context.Context, q *dbsqlc.Queries, organization id.ID, of profile.Profile,
) error {
	err := q.InsertOrganizationProfile(ctx, dbsqlc.InsertOrganizationProfileParams{
		OrganizationID: organization.UUID(), Document: of.Document,
	})
	if err != nil {
		return fmt.Errorf("insert profile: %w", err)
	}

	types := make([]eventtype.CreateInput, len(of.EventTypes))

	for n, one := range of.EventTypes {
		types[n] = eventtype.CreateInput{
			OrganizationID: organization, Name: one.Name, Description: given(one.Description), Group: given(one.Group),
			Schema: one.Schema, Samples: one.Samples, DerivedFrom: given(one.DerivedFrom), When: given(one.When),
			SchemaValidation: one.SchemaValidation, Deprecation: given(one.Deprecation),
		}
	}

	return s.catalog.CreateAll(ctx, q, organization, of.Limits.MaxPayloadBytes, types)
}

// ProfileOf returns the profile of an organization as it was when the organization took it on. One that never did has
// the default.
func (s *Service) ProfileOf(ctx context.Context, organization id.ID) (profile.Profile, error) {
	found, err := s.ProfilesOf(ctx, []id.ID{organization})

	return found[organization], err
}

// ProfileIn is ProfileOf within a transaction, which must not wait for a connection besides its own.
func (s *Service) ProfileIn(ctx context.Context, q *dbsqlc.Queries, organization id.ID) (profile.Profile, error) {
	found, err := s.profilesIn(ctx, q, []id.ID{organization})

	return found[organization], err
}

// ProfilesOf is ProfileOf for many. It is for loaders and does not check whose they are.
func (s *Service) ProfilesOf(ctx context.Context, organizations []id.ID) (map[id.ID]profile.Profile, error) {
	return s.profilesIn(ctx, dbsqlc.New(s.pool), organizations)
}

func (s *Service) profilesIn(
	ctx context.Context, q *dbsqlc.Queries, organizations []id.ID,
) (map[id.ID]profile.Profile, error) {
	rows, err := q.OrganizationProfiles(ctx, id.UUIDs(organizations))
	if err != nil {
		return nil, fmt.Errorf("load profiles: %w", err)
	}

	documents := make(map[uuid.UUID][]byte, len(rows))
	for _, row := range rows {
		documents[row.OrganizationID] = row.Document
	}

	out := make(map[id.ID]profile.Profile, len(organizations))

	for _, one := range organizations {
		document, ok := documents[one.UUID()]
		if !ok {
			out[one], _ = s.profiles.Get(profile.Default)

			continue
		}

		found, err := profile.Parse(document)
		if err != nil {
			return nil, fmt.Errorf("profile of %s: %w", one, err)
		}

		// One that was taken on before profiles said what pages show has that of the default.
		if found.Presentation.IsZero() {
			standard, _ := s.profiles.Get(profile.Default)
			found.Presentation = standard.Presentation
		}

		out[one] = found
	}

	return out, nil
}

func given(text string) *string {
	if text == "" {
		return nil
	}

	return &text
}
