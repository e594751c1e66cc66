import { graphql } from "~/gql";
import type {
  CancelDeliveryMutation,
  DeliveryStatus,
  PostponeDeliveryMutation,
  RetryDeliveryMutation,
} from "~/gql/graphql";
import { useAction } from "./useAction";

const RetryDocument = graphql(`
  mutation RetryDelivery($input: RetryDeliveryInput!) {
    retryDelivery(input: $input) {
      delivery {
        ...DeliveryRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);
const CancelDocument = graphql(`
  mutation CancelDelivery($input: CancelDeliveryInput!) {
    cancelDelivery(input: $input) {
      delivery {
        ...DeliveryRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);
const PostponeDocument = graphql(`
  mutation PostponeDelivery($input: PostponeDeliveryInput!) {
    postponeDelivery(input: $input) {
      delivery {
        ...DeliveryRow
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const retried = (data: RetryDeliveryMutation) => data.retryDelivery;
const canceled = (data: CancelDeliveryMutation) => data.cancelDelivery;
const postponed = (data: PostponeDeliveryMutation) => data.postponeDelivery;

export function useDeliveryActions() {
  const retry = useAction(RetryDocument, retried);
  const cancel = useAction(CancelDocument, canceled);
  const postpone = useAction(PostponeDocument, postponed);
  return { retry, cancel, postpone };
}

/** What the server would accept for a delivery as it is. */
export const can = {
  retry: (status: DeliveryStatus) => status === "FAILED" || status === "CANCELED" || status === "RETRYING",
  cancel: (status: DeliveryStatus) => status === "HELD" || status === "PENDING" || status === "RETRYING",
  postpone: (status: DeliveryStatus, nextAt: string | null | undefined) =>
    status === "RETRYING" && nextAt !== null && nextAt !== undefined && Date.parse(nextAt) > Date.now(),
};
