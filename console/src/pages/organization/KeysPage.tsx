import { Button, Modal, NativeSelect, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useQuery } from "urql";
import { Confirm } from "~/components/Confirm";
import { Copy } from "~/components/Copy";
import { type Column, DataTable } from "~/components/DataTable";
import { PageHead } from "~/components/Page";
import { Pager, type Place } from "~/components/Pager";
import { Empty, Failed, Forbidden, Loading } from "~/components/States";
import { Chip } from "~/components/Status";
import { Time } from "~/components/Time";
import { graphql } from "~/gql";
import type { CreateKeyMutation, KeyRowFragment, RevokeKeyMutation, Role } from "~/gql/graphql";
import { problemAt, useAction } from "~/hooks/useAction";
import { useSigned } from "~/hooks/useViewer";
import { words } from "~/lib/status";

const KeysDocument = graphql(`
  query Keys($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    organization(id: $id) {
      id
      apiKeys(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          ...KeyRow
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
  fragment KeyRow on ApiKey {
    id
    name
    prefix
    role
    createdAt
    expiresAt
    lastUsedAt
    revokedAt
  }
`);

const CreateKeyDocument = graphql(`
  mutation CreateKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      apiKey {
        ...KeyRow
      }
      token
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const RevokeKeyDocument = graphql(`
  mutation RevokeKey($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) {
      apiKey {
        ...KeyRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const created = (data: CreateKeyMutation) => data.createApiKey;
const revoked = (data: RevokeKeyMutation) => data.revokeApiKey;
const PAGE = 50;

const columns: Column<KeyRowFragment>[] = [
  { title: "Name", cell: (row) => <strong>{row.name}</strong> },
  { title: "Key", cell: (row) => <code className="mono">{row.prefix}…</code> },
  { title: "Role", cell: (row) => words(row.role) },
  { title: "State", cell: (row) => <State row={row} /> },
  { title: "Last used", cell: (row) => (row.lastUsedAt ? <Time at={row.lastUsedAt} /> : <span className="dim">never</span>) },
  { title: "Expires", cell: (row) => (row.expiresAt ? <Time at={row.expiresAt} /> : <span className="dim">never</span>) },
  { title: "Created", cell: (row) => <Time at={row.createdAt} /> },
  { title: "Actions", className: "right", cell: (row) => (row.revokedAt ? null : <Revoke row={row} />) },
];

function State({ row }: { row: KeyRowFragment }) {
  if (row.revokedAt) return <Chip tone="mute">revoked</Chip>;
  if (row.expiresAt && Date.parse(row.expiresAt) < Date.now()) return <Chip tone="warn">expired</Chip>;
  return <Chip tone="ok">valid</Chip>;
}

function Revoke({ row }: { row: KeyRowFragment }) {
  const revoke = useAction(RevokeKeyDocument, revoked);
  const { viewer } = useSigned();
  const own = viewer.apiKey.id === row.id;
  return (
    <Confirm
      subtle
      button="Revoke"
      title={`Revoke ${row.name}?`}
      confirm="Revoke"
      onConfirm={() => revoke.run({ id: row.id }, "The key was revoked.")}
    >
      Whatever uses it is refused from now on. It cannot be undone.
      {own ? <strong> It is the key that you are signed in with.</strong> : null}
    </Confirm>
  );
}

export function KeysPage() {
  const { rights } = useSigned();
  return rights.admin ? <Keys /> : <Forbidden />;
}

function Keys() {
  const { organization } = useSigned();
  const [place, setPlace] = useState<Place>({});
  const [opened, { open, close }] = useDisclosure(false);
  const paging = place.before ? { last: PAGE, before: place.before } : { first: PAGE, after: place.after };
  const [{ data, error, fetching }, reload] = useQuery({ query: KeysDocument, variables: { id: organization.id, ...paging } });
  const page = data?.organization?.apiKeys;
  const refetch = () => reload({ requestPolicy: "network-only" });
  return (
    <>
      <PageHead title="API keys" note="A key is shown once, when it is made; only a hash of it is kept.">
        <Button leftSection={<IconPlus size={15} />} onClick={open}>
          New key
        </Button>
      </PageHead>
      <div className="panel">
        {!page && error ? <Failed error={error} retry={refetch} /> : null}
        {!page && !error && fetching ? <Loading /> : null}
        {page?.nodes.length === 0 ? <Empty title="No key yet">Make one for each application that publishes events.</Empty> : null}
        {page && page.nodes.length > 0 ? <DataTable label="API keys" columns={columns} rows={page.nodes} /> : null}
      </div>
      <Pager page={page?.pageInfo} onGo={setPlace} />
      <Modal opened={opened} onClose={close} title="New key">
        <NewKey refetch={refetch} />
      </Modal>
    </>
  );
}

const roles: Role[] = ["PUBLISHER", "VIEWER", "DEVELOPER", "ADMIN"];

function NewKey({ refetch }: { refetch: () => void }) {
  const { organization } = useSigned();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("PUBLISHER");
  const [days, setDays] = useState("0");
  const [token, setToken] = useState<string | null>(null);
  const create = useAction(CreateKeyDocument, created, true);

  async function save() {
    const expiresAt = days === "0" ? undefined : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
    const result = await create.run({ organizationId: organization.id, name, role, expiresAt });
    if (!result?.token) return;
    setToken(result.token);
    refetch();
  }

  if (token) {
    return (
      <div>
        <p style={{ marginTop: 0 }}>This is the only time that the key is shown. Put it where it is needed now.</p>
        <div style={{ display: "flex", gap: 6, alignItems: "center" }}>
          <code className="mono" data-secret style={{ overflowWrap: "anywhere" }}>{token}</code>
          <Copy value={token} what="key" />
        </div>
      </div>
    );
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
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problemAt(create.problems, "name")}
      />
      <NativeSelect
        label="Role"
        data={roles.map((one) => ({ value: one, label: `${words(one)}: ${what[one]}` }))}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value as Role)}
      />
      <NativeSelect
        label="Expires"
        data={[
          { value: "0", label: "Never" },
          { value: "30", label: "In 30 days" },
          { value: "90", label: "In 90 days" },
          { value: "365", label: "In a year" },
        ]}
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
      />
      {create.problems.length > 0 ? (
        <div role="alert" style={{ color: "var(--bad)" }}>{create.problems.map((one) => one.message).join(" ")}</div>
      ) : null}
      <Button type="submit" loading={create.busy} disabled={name.trim() === ""} style={{ alignSelf: "flex-end" }}>
        Make the key
      </Button>
    </form>
  );
}

const what: Record<Role, string> = {
  PUBLISHER: "publishes events, nothing else",
  VIEWER: "reads, changes nothing",
  DEVELOPER: "everything but keys and settings",
  ADMIN: "everything",
  OPERATOR: "everything on the platform",
};
