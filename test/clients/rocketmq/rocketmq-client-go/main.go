// usage: client consume|consume-orderly|produce|produce-orderly INSTANCE TOPIC GROUP [TAGS]
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

func check(err error) {
	if err != nil {
		show(map[string]any{"error": err.Error()})
		os.Exit(1)
	}
}

func show(value any) {
	_ = json.NewEncoder(os.Stdout).Encode(value)
}

func main() {
	rlog.SetLogLevel("error")
	action, instance, topic, group := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	servers := primitive.NamesrvAddr{os.Getenv("ROCKETMQ_NAMESRV")}
	credentials := primitive.Credentials{
		AccessKey:     os.Getenv("ALICLOUD_ACCESS_KEY"),
		SecretKey:     os.Getenv("ALICLOUD_SECRET_KEY"),
		SecurityToken: os.Getenv("ALICLOUD_SECURITY_TOKEN"),
	}
	if strings.HasPrefix(action, "consume") {
		tags := "*"
		if len(os.Args) > 5 {
			tags = os.Args[5]
		}
		c, err := rocketmq.NewPushConsumer(
			consumer.WithNameServer(servers),
			consumer.WithCredentials(credentials),
			consumer.WithNamespace(instance),
			consumer.WithGroupName(group),
			consumer.WithConsumerOrder(action == "consume-orderly"),
		)
		check(err)
		selector := consumer.MessageSelector{Type: consumer.TAG, Expression: tags}
		check(c.Subscribe(topic, selector, func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
			result := consumer.ConsumeSuccess
			for _, message := range messages {
				body := string(message.Body)
				show(map[string]any{
					"msgId": message.MsgId, "topic": strings.TrimPrefix(message.Topic, instance+"%"), "tag": message.GetTags(),
					"key": message.GetKeys(), "color": message.GetProperty("color"), "reconsumeTimes": message.ReconsumeTimes, "body": body,
				})
				if strings.HasPrefix(body, "fail once") && message.ReconsumeTimes == 0 {
					result = consumer.ConsumeRetryLater
				}
			}
			return result, nil
		}))
		check(c.Start())
		show(map[string]any{"ready": true})
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = c.Shutdown()
		return
	}
	options := []producer.Option{
		producer.WithNameServer(servers),
		producer.WithCredentials(credentials),
		producer.WithNamespace(instance),
		producer.WithGroupName(group),
	}
	if action == "produce-orderly" {
		options = append(options, producer.WithQueueSelector(producer.NewHashQueueSelector()))
	}
	p, err := rocketmq.NewProducer(options...)
	check(err)
	check(p.Start())
	show(map[string]any{"ready": true})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 8<<20)
	// Lines of `body TAB tag TAB key TAB color TAB delay in ms TAB sharding key`.
	for lines.Scan() {
		parts := strings.Split(lines.Text(), "\t")
		message := primitive.NewMessage(topic, []byte(parts[0]))
		if parts[1] != "" {
			message.WithTag(parts[1])
		}
		if parts[2] != "" {
			message.WithKeys([]string{parts[2]})
		}
		if parts[3] != "" {
			message.WithProperty("color", parts[3])
		}
		if parts[4] != "" {
			delay, _ := strconv.ParseInt(parts[4], 10, 64)
			message.WithProperty("__STARTDELIVERTIME", strconv.FormatInt(time.Now().UnixMilli()+delay, 10))
		}
		if parts[5] != "" {
			message.WithShardingKey(parts[5])
		}
		result, err := p.SendSync(context.Background(), message)
		if err != nil {
			show(map[string]any{"error": err.Error()})
		} else {
			show(map[string]any{"msgId": result.MsgID})
		}
	}
	_ = p.Shutdown()
}
