// Part of a campaign, in a process of its own: the request comes, and progress and result go, by message.
import { runCampaign, type Campaign } from './campaign.ts';

process.once('message', (campaign: Campaign) => {
  runCampaign(campaign, (done) => process.send?.({ done })).then(
    (result) => process.send?.({ result }, () => process.exit(0)),
    (error: unknown) => process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () => process.exit(1)),
  );
});
