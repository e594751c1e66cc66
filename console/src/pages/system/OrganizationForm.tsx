import { Button, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useQuery } from "urql";
import type { CreateOrganizationMutation } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { CreateOrganizationDocument, ProfilesDocument } from "./documents";

const created = (data: CreateOrganizationMutation) => data.createOrganization;

/** Makes an organization and hands its id over. */
export function OrganizationForm({ onDone }: { onDone: (id: string) => void }) {
  const [{ data }] = useQuery({ query: ProfilesDocument });
  const [name, setName] = useState("");
  const [profile, setProfile] = useState("standard");
  const create = useAction(CreateOrganizationDocument, created, true);
  const profiles = data?.profiles ?? [];

  async function save() {
    const result = await create.run({ name, profile }, "The organization was created.");
    if (result?.organization) onDone(result.organization.id);
  }

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextInput
        label="Name"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problemAt(create.problems, "name") ?? problemAt(create.problems, "slug")}
      />
      <Select
        label="Profile"
        description={profiles.find((one) => one.name === profile)?.description ?? "The webhook system that it is."}
        allowDeselect={false}
        value={profile}
        onChange={(next) => setProfile(next ?? "standard")}
        data={profiles.map((one) => ({ value: one.name, label: one.title }))}
        error={problemAt(create.problems, "profile")}
      />
      <Button type="submit" loading={create.busy} disabled={name.trim() === ""} style={{ alignSelf: "flex-end" }}>
        Create
      </Button>
    </form>
  );
}
