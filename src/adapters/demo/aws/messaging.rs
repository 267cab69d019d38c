//! SQS queues and the SNS topics that feed them.

use serde_json::{Value, json};

use super::{compute, data};
use crate::{
    place::{Made, Place},
    world::{World, tag_list, tag_map},
};

const QUEUES: usize = 10;

fn queue_name(world: &World, place: &Place, i: usize) -> String {
    let (service, _) = world.service(format_args!("sqs {} {} {}", place.account, place.region, i / 2));
    let form = ["work", "work-dlq"][i % 2];
    format!("{}-{service}-{form}-{}", place.env, i / 2)
}

fn queue_arn(world: &World, place: &Place, i: usize) -> String {
    format!("arn:aws:sqs:{}:{}:{}", place.region, place.account, queue_name(world, place, i))
}

pub(crate) fn queues(world: &World, place: &Place) -> Vec<Made> {
    let count = world.count(QUEUES);
    (0..count)
        .map(|i| {
            let name = queue_name(world, place, i);
            let (service, _) =
                world.service(format_args!("sqs {} {} {}", place.account, place.region, i / 2));
            let mut attributes = json!({
                "QueueArn": queue_arn(world, place, i),
                "ApproximateNumberOfMessages": world.below(format_args!("depth {name}"), 40).to_string(),
                "ApproximateNumberOfMessagesNotVisible": "0",
                "CreatedTimestamp": "1700000000",
                "LastModifiedTimestamp": "1720000000",
                "VisibilityTimeout": "30",
                "MessageRetentionPeriod": "345600",
                "KmsMasterKeyId": data::key_arn(world, place, 0)
            });
            // A queue of work hands what it cannot process to the dead-letter queue behind it.
            if i % 2 == 0 && i + 1 < count {
                let dead = queue_arn(world, place, i + 1);
                attributes["RedrivePolicy"] =
                    json!(json!({"deadLetterTargetArn": dead, "maxReceiveCount": 5}).to_string());
            }
            let tags = world.tags(format_args!("{name} {}", place.region), service, place.env);
            let mut item = json!({
                "QueueUrl": format!("https://sqs.{}.amazonaws.com/{}/{name}", place.region, place.account),
                "QueueName": name,
                "QueueArn": queue_arn(world, place, i),
                "Tags": tag_map(&tags)
            });
            item["Attributes"] = attributes;
            Made::new("aws.sqs.queue", item)
        })
        .collect()
}

pub(crate) fn topics(world: &World, place: &Place) -> Vec<Made> {
    (0..world.count(8))
        .map(|i| {
            let (service, _) = world.service(format_args!("sns {} {} {i}", place.account, place.region));
            let name = format!("{}-{service}-{}-{i}", place.env, ["events", "alarms"][i % 2]);
            let arn = format!("arn:aws:sns:{}:{}:{name}", place.region, place.account);
            let to: [Value; 2] = [
                json!({"Protocol": "sqs", "Endpoint": queue_arn(world, place, i % world.count(QUEUES) / 2 * 2)}),
                json!({"Protocol": "lambda", "Endpoint": compute::function_arn(world, place, i % world.count(24))}),
            ];
            let tags = world.tags(format_args!("{arn}"), service, place.env);
            Made::new(
                "aws.sns.topic",
                json!({
                    "TopicArn": arn,
                    "Owner": place.account,
                    "DisplayName": name,
                    "Attributes": {
                        "TopicArn": arn, "Owner": place.account, "SubscriptionsConfirmed": "2",
                        "SubscriptionsPending": "0", "KmsMasterKeyId": data::key_arn(world, place, 0)
                    },
                    "KmsMasterKeyId": data::key_arn(world, place, 0),
                    "Subscriptions": to,
                    "Tags": tag_list(None, &tags)
                }),
            )
        })
        .collect()
}
