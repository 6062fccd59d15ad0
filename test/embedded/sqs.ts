import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { isObject, parseJson } from '../../functions/core/json.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';

interface Message {
  messageId: string;
  body: string;
  received: number;
}

export interface EmbeddedQueue extends Listening {
  /** For the client: the path is the queue's. */
  queueUrl: string;
  waiting: Message[];
  deadLetters: Message[];
  /** Takes no message, or the batches' first one not. */
  refuses: 'nothing' | 'the first' | 'everything';
  /**
   * Gives messages to a worker, as Lambda does: those that it names in its answer, and all when it throws, come again; after five times they are
   * dead letters. `pick`: which of those that wait; `again`: they were delivered, and are delivered once more.
   */
  deliver(
    worker: (event: { Records: Message[] }) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>,
    pick?: (waiting: Message[]) => Message[],
    again?: boolean,
  ): Promise<void>;
}

/** One standard queue: docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and its neighbours. */
export async function startSqs(): Promise<EmbeddedQueue> {
  const waiting: Message[] = [];
  const deadLetters: Message[] = [];
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const given = parseJson(String(await readBody(request)));
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    if (!isObject(given) || queue.refuses === 'everything')
      return answer(400, { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'There is no such queue.' });
    if (operation === 'GetQueueAttributes')
      return answer(200, { Attributes: { ApproximateNumberOfMessages: String(waiting.length) } });
    const entries = given.Entries as { Id: string; MessageBody: string }[];
    const size = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
    if (operation !== 'SendMessageBatch' || entries.length === 0 || entries.length > 10 || size > 1_048_576)
      return answer(400, { __type: 'com.amazonaws.sqs#BatchRequestTooLong', message: 'No such batch.' });
    const refused = queue.refuses === 'the first' ? entries.slice(0, 1) : [];
    const taken = entries.slice(refused.length).map(({ Id, MessageBody }) => {
      const message = { messageId: randomUUID(), body: MessageBody, received: 0 };
      waiting.push(message);
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      return { Id, MessageId: message.messageId, MD5OfMessageBody };
    });
    answer(200, {
      Successful: taken,
      ...(refused.length > 0 && {
        Failed: refused.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      }),
    });
  });
  const listening = await listen(server);
  const queue: EmbeddedQueue = {
    ...listening,
    queueUrl: `${listening.url}/123456789012/work`,
    waiting,
    deadLetters,
    refuses: 'nothing',
    async deliver(worker, pick = (all) => all.slice(0, 1), again = false) {
      const Records = pick(waiting);
      for (const message of Records) waiting.splice(waiting.indexOf(message), 1);
      const run = async () => {
        try {
          return (await worker({ Records })).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
        } catch {
          return Records.map(({ messageId }) => messageId);
        }
      };
      const failed = await run();
      if (again) await run();
      for (const message of Records.filter(({ messageId }) => failed.includes(messageId)))
        (++message.received >= 5 ? deadLetters : waiting).push(message);
    },
  };
  return queue;
}
