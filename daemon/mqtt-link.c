/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-link.c - the worker thread, and the only file that knows Paho. See mqtt-link.h.
 *
 * What Paho 1.3.12 does, measured or read in its source, and what follows from it here:
 *   any call may wait for name resolution, under its one lock   the worker calls, never with the mailbox locked
 *   callbacks run with that lock held                           they store, count and wake, nothing else
 *   its offline queue loses messages without telling            sendWhileDisconnected = 0, ours is the only queue
 *   TLS does not check the host name by default                 verify = 1
 *   it obeys http_proxy                                         removed from the environment
 *   its threads inherit the signal mask                         all signals are blocked when the worker starts
 *   it can't change the protocol of a client                    another client is made for MQTT 3.1.1
 */
#include <MQTTAsync.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mqtt-endpoint.h"
#include "daemon/mqtt-link.h"
#include "daemon/mqtt-worker.h"

enum { CONNECT_TIMEOUT_S = 10, PAHO_INFLIGHT = 2 * MQTT_FLIGHTS };

struct mqtt_link {
	struct mqtt_worker worker; /* first, so that a worker is also the link that it belongs to */
	struct mqtt_link_handlers handlers;
	MQTTAsync client; /* of the worker alone; NULL = none */
};

/* --- Paho's callbacks, in pairs for MQTT 3.1.1 and 5 -------------------------------------------------------- */

static void on_connect(void *worker, __attribute__((unused)) MQTTAsync_successData *data)
{
	mqtt_worker_connected(worker, 0, NULL);
}

static void on_connect5(void *worker, __attribute__((unused)) MQTTAsync_successData5 *data)
{
	mqtt_worker_connected(worker, 0, NULL);
}

static void on_connect_failure(void *worker, MQTTAsync_failureData *data)
{
	mqtt_worker_connected(worker, data && data->code ? data->code : MQTTASYNC_FAILURE, data ? data->message : NULL);
}

static void on_connect_failure5(void *worker, MQTTAsync_failureData5 *data)
{
	int code = data->reasonCode ? (int)data->reasonCode : data->code;

	mqtt_worker_connected(worker, code ? code : MQTTASYNC_FAILURE, data->message);
}

static void on_lost(void *worker, __attribute__((unused)) char *cause)
{
	mqtt_worker_lost(worker, 0);
}

static void on_disconnected5(void *worker, __attribute__((unused)) MQTTProperties *properties,
			     enum MQTTReasonCodes reason)
{
	mqtt_worker_lost(worker, (int)reason);
}

static void on_closed(void *worker, __attribute__((unused)) MQTTAsync_successData *data)
{
	mqtt_worker_lost(worker, 0);
}

static void on_closed5(void *worker, __attribute__((unused)) MQTTAsync_successData5 *data)
{
	mqtt_worker_lost(worker, 0);
}

static void on_sent(void *flight, __attribute__((unused)) MQTTAsync_successData *data)
{
	mqtt_flight_store(flight, MQTT_FLIGHT_DONE, 0);
}

static void on_sent5(void *flight, __attribute__((unused)) MQTTAsync_successData5 *data)
{
	mqtt_flight_store(flight, MQTT_FLIGHT_DONE, 0);
}

static void on_send_failure(void *flight, __attribute__((unused)) MQTTAsync_failureData *data)
{
	mqtt_flight_store(flight, MQTT_FLIGHT_FAILED, 0);
}

static void on_send_failure5(void *flight, MQTTAsync_failureData5 *data)
{
	mqtt_flight_store(flight, MQTT_FLIGHT_FAILED, data && data->reasonCode >= 0x80 ? (int)data->reasonCode : 0);
}

static void on_subscribe_failure(void *subscription, MQTTAsync_failureData *data)
{
	mqtt_subscription_store(subscription, data ? data->code : 0);
}

static void on_subscribe_failure5(void *subscription, MQTTAsync_failureData5 *data)
{
	mqtt_subscription_store(subscription, data ? (int)data->reasonCode : 0);
}

static int on_message(void *worker, char *topic, int topic_length, MQTTAsync_message *message)
{
	mqtt_worker_received(worker, topic, topic_length > 0 ? (size_t)topic_length : strlen(topic), message->payload,
			     (size_t)message->payloadlen, message->retained != 0);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static int on_tls_error(const char *line, size_t length, void *worker)
{
	mqtt_worker_tls_error(worker, line, length);
	return 1;
}

static unsigned on_psk(__attribute__((unused)) const char *hint, char *identity, unsigned identity_size,
		       unsigned char *key, unsigned key_size, void *worker)
{
	const struct mqtt_settings *settings = &((struct mqtt_worker *)worker)->setup.settings;
	struct mqtt_secret secret;
	char reason[MQTT_REASON_MAX];
	unsigned length = 0;

	if (strlen(settings->psk_identity) >= identity_size || mqtt_endpoint_psk(settings, &secret, reason) < 0)
		return 0;
	if (secret.length <= key_size) {
		strcpy(identity, settings->psk_identity);
		memcpy(key, secret.bytes, secret.length);
		length = (unsigned)secret.length;
	}
	mqtt_secret_wipe(&secret);
	return length;
}

static struct mqtt_link *link_of(struct mqtt_worker *worker)
{
	return (struct mqtt_link *)worker;
}

/* --- calls of Paho: without the lock ----------------------------------------------------------------------- */

static int client_create(struct mqtt_worker *worker)
{
	struct mqtt_link *link = link_of(worker);
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	char uri[320];
	int rc;

	options.MQTTVersion = worker->protocol == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
	options.sendWhileDisconnected = 0;
	mqtt_endpoint_text(&worker->setup.settings, true, sizeof(uri), uri);
	rc = MQTTAsync_createWithOptions(&link->client, uri, worker->setup.client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL,
					 &options);
	if (rc != MQTTASYNC_SUCCESS)
		return rc;
	MQTTAsync_setCallbacks(link->client, worker, on_lost, on_message, NULL);
	if (worker->protocol == 5)
		MQTTAsync_setDisconnected(link->client, worker, on_disconnected5);
	return 0;
}

static void client_destroy(struct mqtt_worker *worker)
{
	MQTTAsync_destroy(&link_of(worker)->client);
}

static void client_tls(struct mqtt_worker *worker, MQTTAsync_SSLOptions *options)
{
	const struct mqtt_settings *settings = &worker->setup.settings;
	bool psk = mqtt_endpoint_uses_psk(settings);

	options->trustStore = settings->ca_file[0] ? settings->ca_file : NULL;
	options->keyStore = settings->cert_file[0] ? settings->cert_file : NULL;
	options->privateKey = settings->key_file[0] ? settings->key_file : NULL;
	/* With a pre-shared key there is no certificate: knowing the key is the proof, on both sides. */
	options->enableServerCertAuth = settings->verify && !psk;
	options->verify = settings->verify && !psk;
	options->ssl_error_cb = on_tls_error;
	options->ssl_error_context = worker;
	if (psk) {
		options->ssl_psk_cb = on_psk;
		options->ssl_psk_context = worker;
		options->disableDefaultTrustStore = 1;
		options->enabledCipherSuites = "PSK";
	}
}

static int client_connect(struct mqtt_worker *worker, const struct mqtt_secret *password)
{
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions options5 = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
	const struct mqtt_setup *setup = &worker->setup;

	if (worker->protocol == 5)
		options = options5;
	else
		options.MQTTVersion = MQTTVERSION_3_1_1;
	options.keepAliveInterval = setup->settings.keepalive_s;
	options.connectTimeout = CONNECT_TIMEOUT_S;
	options.maxInflight = PAHO_INFLIGHT;
	options.automaticReconnect = 0;
	options.context = worker;
	if (worker->protocol == 5) {
		options.onSuccess5 = on_connect5;
		options.onFailure5 = on_connect_failure5;
	} else {
		options.onSuccess = on_connect;
		options.onFailure = on_connect_failure;
	}
	if (setup->will_topic[0]) {
		will.topicName = setup->will_topic;
		will.message = setup->will_payload;
		will.retained = setup->will_retain;
		will.qos = 1;
		options.will = &will;
	}
	if (setup->settings.tls) {
		client_tls(worker, &tls);
		options.ssl = &tls;
	}
	if (setup->settings.user[0])
		options.username = setup->settings.user;
	if (password->length) {
		options.binarypwd.data = password->bytes;
		options.binarypwd.len = (int)password->length;
	}
	return MQTTAsync_connect(link_of(worker)->client, &options);
}

static void message_properties(const struct mqtt_outgoing *message, MQTTProperties *properties)
{
	const char *type = message->json ? "application/json" : "text/plain";
	MQTTProperty text = {.identifier = MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, .value.byte = 1};
	MQTTProperty content = {.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE};
	MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL,
			       .value.integer4 = message->expiry_s};

	content.value.data.data = (char *)type;
	content.value.data.len = (int)strlen(type);
	MQTTProperties_add(properties, &text);
	MQTTProperties_add(properties, &content);
	if (message->expiry_s)
		MQTTProperties_add(properties, &expiry);
}

static int client_send(struct mqtt_worker *worker, struct mqtt_flight *flight)
{
	struct mqtt_outgoing *outgoing = &flight->message;
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	MQTTAsync_message message = MQTTAsync_message_initializer;
	int rc;

	response.context = flight;
	if (worker->protocol == 5) {
		response.onSuccess5 = on_sent5;
		response.onFailure5 = on_send_failure5;
		message_properties(outgoing, &message.properties);
	} else {
		response.onSuccess = on_sent;
		response.onFailure = on_send_failure;
	}
	message.payload = outgoing->payload;
	message.payloadlen = (int)outgoing->length;
	message.qos = outgoing->qos;
	message.retained = outgoing->retain;
	rc = MQTTAsync_sendMessage(link_of(worker)->client, outgoing->topic, &message, &response);
	MQTTProperties_free(&message.properties);
	return rc;
}

static int client_subscribe(struct mqtt_worker *worker, struct mqtt_subscription *subscription)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	if (subscription->remove)
		return MQTTAsync_unsubscribe(link_of(worker)->client, subscription->filter, NULL);
	response.context = subscription;
	if (worker->protocol == 5)
		response.onFailure5 = on_subscribe_failure5;
	else
		response.onFailure = on_subscribe_failure;
	return MQTTAsync_subscribe(link_of(worker)->client, subscription->filter, subscription->qos, &response);
}

static int client_disconnect(struct mqtt_worker *worker)
{
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_disconnectOptions options5 = MQTTAsync_disconnectOptions_initializer5;

	if (worker->protocol == 5) {
		options = options5;
		options.onSuccess5 = on_closed5;
	} else {
		options.onSuccess = on_closed;
	}
	options.context = worker;
	options.timeout = 0;
	return MQTTAsync_disconnect(link_of(worker)->client, &options);
}

static const struct mqtt_client_ops paho_ops = {
	.create = client_create,
	.destroy = client_destroy,
	.connect = client_connect,
	.disconnect = client_disconnect,
	.send = client_send,
	.subscribe = client_subscribe,
};

/* --- the link ---------------------------------------------------------------------------------------------- */

static int setup_fill(const struct mqtt_link_options *options, struct mqtt_setup *ret_setup, char *ret_reason)
{
	const char *id = options->settings->client_id[0] ? options->settings->client_id : options->client_id;
	struct mqtt_setup setup = {.settings = *options->settings, .will_retain = options->will_retain};
	int r = mqtt_endpoint_check(options->settings, ret_reason);

	if (r < 0)
		return r;
	if ((options->will_topic && strlen(options->will_topic) >= sizeof(setup.will_topic)) ||
	    (options->will_payload && strlen(options->will_payload) >= sizeof(setup.will_payload))) {
		snprintf(ret_reason, MQTT_REASON_MAX, "mqtt.prefix: too long");
		return -EINVAL;
	}
	snprintf(setup.client_id, sizeof(setup.client_id), "%s", id ? id : "");
	if (options->will_topic) {
		strcpy(setup.will_topic, options->will_topic);
		strcpy(setup.will_payload, options->will_payload ? options->will_payload : "");
	}
	*ret_setup = setup;
	return 0;
}

int mqtt_link_open(const struct mqtt_link_options *options, struct mqtt_link **ret_link, char *ret_reason)
{
	struct mqtt_link *link = calloc(1, sizeof(*link));
	int r;

	if (!link) {
		snprintf(ret_reason, MQTT_REASON_MAX, "out of memory");
		return -ENOMEM;
	}
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	link->handlers = options->handlers;
	link->worker.client = &paho_ops;
	r = setup_fill(options, &link->worker.next_setup, ret_reason);
	if (r == 0) {
		r = mqtt_worker_start(&link->worker);
		if (r < 0)
			snprintf(ret_reason, MQTT_REASON_MAX, "can't start the MQTT thread: %s", strerror(-r));
	}
	if (r < 0) {
		free(link);
		return r;
	}
	*ret_link = link;
	return 0;
}

int mqtt_link_change(struct mqtt_link *link, const struct mqtt_link_options *options, char *ret_reason)
{
	struct mqtt_setup setup;
	int r = setup_fill(options, &setup, ret_reason);

	if (r == 0)
		mqtt_worker_change(&link->worker, &setup);
	return r;
}

int mqtt_link_fd(const struct mqtt_link *link)
{
	return link->worker.mailbox.event_fd;
}

int mqtt_link_dispatch(struct mqtt_link *link)
{
	return mqtt_mailbox_dispatch(&link->worker.mailbox, &link->handlers);
}

int mqtt_link_publish(struct mqtt_link *link, const struct mqtt_message *message)
{
	return mqtt_mailbox_publish(&link->worker.mailbox, message);
}

void mqtt_link_forget(struct mqtt_link *link, const char *topic)
{
	mqtt_mailbox_forget(&link->worker.mailbox, topic);
}

void mqtt_link_repeat(struct mqtt_link *link)
{
	mqtt_mailbox_repeat(&link->worker.mailbox);
}

int mqtt_link_subscribe(struct mqtt_link *link, const char *filter, uint8_t qos)
{
	return mqtt_mailbox_subscribe(&link->worker.mailbox, filter, qos);
}

int mqtt_link_unsubscribe(struct mqtt_link *link, const char *filter)
{
	return mqtt_mailbox_unsubscribe(&link->worker.mailbox, filter);
}

void mqtt_link_health(struct mqtt_link *link, struct link_health *ret_health)
{
	mqtt_mailbox_health(&link->worker.mailbox, ret_health);
}

struct mqtt_link *mqtt_link_free(struct mqtt_link *link)
{
	/* A worker that hangs in the library still uses the link: it is left to the end of the process. */
	if (link && mqtt_worker_stop(&link->worker) == 0)
		free(link);
	return NULL;
}

const char *mqtt_link_version(void)
{
	const MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo();

	for (; info && info->name; info++)
		if (strcmp(info->name, "Version") == 0)
			return info->value;
	return "unknown";
}
