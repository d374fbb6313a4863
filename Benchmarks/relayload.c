/* relayload: plays listeners and senders of Azure Relay against a gateway, and the same traffic against a TCP relay.
 *
 *   relayload bulk  --pairs N --size B --direction up|down|both [--verify]
 *   relayload echo  --pairs N --size B
 *   relayload setup --parallel N
 *   relayload idle  --pairs N | --controls N          holds until its standard input ends
 *   relayload http  --pairs N --size B
 *
 * Against a gateway: --to ADDRESS:PORT --host NAMESPACE_HOST --entity NAME --key-name RULE, the key in RELAYLOAD_KEY.
 * Listeners dial the address of each rendezvous at ADDRESS, with the port that stands in it.
 * Against a TCP relay: --raw --to ADDRESS:PORT --backend PORT; the far end listens at 127.0.0.1:PORT in this process
 * and plays the part of the listener with the same bytes, so that both systems have the same clients.
 *
 * --tls speaks TLS 1.3 with AES-128-GCM and without session reuse on every connection; with --raw it needs
 * --certificate and --private-key (PEM) for the far end. Certificates of the other side are not verified.
 * --seconds and --warm are the measured window and what runs before it. --watch PID,... adds the CPU seconds which
 * these processes took within the window.
 *
 * Senders live on one thread and listeners on another, each with its own epoll. The result is one JSON object; a line
 * {"mark":"open"} comes before it when an idle test has everything open. Bytes are payload that arrived.
 *
 * Build: cc -O2 -Wall -o relayload relayload.c -lssl -lcrypto -lpthread
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WRITE_MAX = 256 * 1024, READ_MAX = 256 * 1024, TEXT_MAX = 4096, FRAME_MAX = 65536, MESSAGE_MAX = 16384 };
/* Azure Relay allows so many listeners of one hybrid connection. */
enum { PER_ENTITY = 25 };
enum { OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

enum mode { BULK, ECHO, SETUP, IDLE, HTTP };
enum kind { CONTROL, SENDER, PARTNER, ACCEPTOR };
enum stage { CONNECTING, HANDSHAKING, UPGRADING, OPEN, CLOSING };
/* What the process as a whole does. Threads look at it whenever they wake. */
enum phase { OPENING, RUNNING, MEASURING, PROBING, OVER };

static struct {
    enum mode mode;
    struct sockaddr_in to;
    const char *host, *entity, *key_name, *key, *certificate, *private_key, *watch;
    bool raw, tls, up, down, verify;
    int backend, pairs, controls, parallel;
    size_t size;
    double seconds, warm;
} opt = {.mode = BULK, .up = true, .pairs = 1, .parallel = 16, .size = 64, .seconds = 3, .warm = 0.5};

struct conn {
    struct loop *loop;
    struct conn *next, **link; /* list of the loop */
    SSL *ssl;
    uint8_t *in, *out;
    size_t in_count, in_room, out_count, out_sent, out_room;
    uint64_t begun;   /* of the operation that is being timed */
    uint64_t keys;    /* state of the masking keys */
    uint64_t message; /* number of the message in flight */
    uint64_t offset;  /* into the prebuilt stream, as a writer */
    uint64_t checked, frame_left;
    uint8_t header[14];
    char accept_key[32];
    int fd;
    uint32_t events;
    uint8_t kind, stage, header_count;
    bool frame_is_control, is_waiting;
};

struct loop {
    int ep;
    struct conn *conns;
    int started, flying;
    bool is_sender, running, probed;
    uint8_t scratch[READ_MAX];
    pthread_t thread;
};

static struct loop sender_loop = {.is_sender = true}, listener_loop;
static atomic_int phase, controls_open, senders_open, partners_open, failed, lost, corrupt, alive;
static atomic_uint_fast64_t bytes_up, bytes_down;
static SSL_CTX *client_context, *server_context;
static uint8_t *payload, *wire;
static char request[TEXT_MAX];
static size_t wire_count, request_count;
static char first_error[256];
static pthread_mutex_t error_lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static _Noreturn void die(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fputs("relayload: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    exit(2);
}

static void *grow(void *memory, size_t size) {
    void *larger = realloc(memory, size);
    if (!larger) die("out of memory");
    return larger;
}

static uint64_t next_random(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Only the first failure is told, because the others are mostly its echoes. */
static void note(const char *format, ...) {
    va_list list;
    va_start(list, format);
    pthread_mutex_lock(&error_lock);
    if (!first_error[0]) vsnprintf(first_error, sizeof first_error, format, list);
    pthread_mutex_unlock(&error_lock);
    va_end(list);
}

/* ---- latencies: 64 steps for each doubling, written by the sender thread alone ---- */

/* Row 0 has the values below 64 ns; row r has those of which 7 bits are left after a shift by r - 1. */
static uint64_t histogram[60][64], histogram_count, histogram_max;

static void record(uint64_t ns) {
    int row = ns < 64 ? 0 : 58 - __builtin_clzll(ns);
    histogram[row][row == 0 ? ns : (ns >> (row - 1)) - 64]++;
    histogram_count++;
    if (ns > histogram_max) histogram_max = ns;
}

static double percentile_us(double share) {
    uint64_t wanted = (uint64_t)(share * (double)histogram_count), seen = 0;
    for (int row = 0; row < 60; row++)
        for (int step = 0; step < 64; step++) {
            seen += histogram[row][step];
            if (seen <= wanted) continue;
            return (row == 0 ? step : (64 + step + 0.5) * (double)(1ull << (row - 1))) / 1e3;
        }
    return (double)histogram_max / 1e3;
}

/* ---- frames ---- */

static void apply_mask(uint8_t *bytes, size_t count, const uint8_t key[4]) {
    for (size_t i = 0; i < count; i++) bytes[i] ^= key[i & 3];
}

static size_t masked_header_size(size_t count) { return count < 126 ? 6 : count <= 0xffff ? 8 : 14; }
static size_t clear_header_size(size_t count) { return masked_header_size(count) - 4; }

/* Writes a whole masked frame; the room must be 14 bytes more than the payload. */
static size_t put_frame(uint8_t *to, int opcode, const void *bytes, size_t count, uint32_t key) {
    uint8_t mask[4];
    memcpy(mask, &key, 4);
    size_t n = 0;
    to[n++] = (uint8_t)(0x80 | opcode);
    if (count < 126) to[n++] = (uint8_t)(0x80 | count);
    else if (count <= 0xffff) {
        to[n++] = 0x80 | 126;
        to[n++] = (uint8_t)(count >> 8);
        to[n++] = (uint8_t)count;
    } else {
        to[n++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8) to[n++] = (uint8_t)((uint64_t)count >> shift);
    }
    memcpy(to + n, mask, 4);
    memcpy(to + n + 4, bytes, count);
    apply_mask(to + n + 4, count, mask);
    return n + 4 + count;
}

/* The payload of every frame of a bulk stream is the same; the keys differ. */
static void build_stream(void) {
    uint64_t seed = 42;
    payload = grow(NULL, opt.size + 8);
    for (size_t i = 0; i < opt.size; i += 8) {
        uint64_t word = next_random(&seed);
        memcpy(payload + i, &word, 8);
    }
    size_t frame = opt.size + masked_header_size(opt.size);
    size_t frames = frame >= 1 << 20 ? 1 : (1 << 20) / frame;
    wire = grow(NULL, frame * frames + 16);
    for (size_t i = 0; i < frames; i++)
        wire_count += put_frame(wire + wire_count, OP_BINARY, payload, opt.size, (uint32_t)next_random(&seed));
}

/* The share of a received byte that is payload. A gateway takes off the mask and cuts what is larger than 65,536. */
static double payload_share(void) {
    double total = (double)opt.size;
    if (opt.raw) return total / (total + (double)masked_header_size(opt.size));
    double headers = (double)(opt.size / FRAME_MAX) * (double)clear_header_size(FRAME_MAX);
    if (opt.size % FRAME_MAX) headers += (double)clear_header_size(opt.size % FRAME_MAX);
    return total / (total + headers);
}

/* ---- tokens ---- */

static size_t url_encode(char *to, size_t room, const char *text) {
    size_t n = 0;
    for (; *text && n + 4 < room; text++) {
        bool plain = isalnum((unsigned char)*text) || strchr("-_.~", *text);
        if (plain) to[n++] = *text;
        else n += (size_t)sprintf(to + n, "%%%02X", (unsigned)(uint8_t)*text);
    }
    to[n] = 0;
    return n;
}

/* A shared access signature for one hybrid connection, valid for a day. */
static void mint_token(char *to, size_t room, const char *entity) {
    char address[512], encoded[1024], signed_text[1200], signature[64], encoded_signature[256], name[256];
    snprintf(address, sizeof address, "http://%s/%s", opt.host, entity);
    url_encode(encoded, sizeof encoded, address);
    long long expiry = (long long)time(NULL) + 86400;
    int count = snprintf(signed_text, sizeof signed_text, "%s\n%lld", encoded, expiry);
    uint8_t digest[32];
    unsigned size = sizeof digest;
    if (!HMAC(EVP_sha256(), opt.key, (int)strlen(opt.key), (uint8_t *)signed_text, (size_t)count, digest, &size))
        die("HMAC failed");
    EVP_EncodeBlock((uint8_t *)signature, digest, (int)size);
    url_encode(encoded_signature, sizeof encoded_signature, signature);
    url_encode(name, sizeof name, opt.key_name);
    snprintf(to, room, "SharedAccessSignature sr=%s&sig=%s&se=%lld&skn=%s", encoded, encoded_signature, expiry,
             name);
}

/* ---- JSON of the control channel ---- */

static const char *blank(const char *p, const char *end) {
    while (p < end && strchr(" \t\r\n", *p)) p++;
    return p;
}

/* Returns what follows one value; NULL when the text ends inside of it. */
static const char *skip_value(const char *p, const char *end) {
    int depth = 0;
    for (; p < end; p++) {
        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++)
                if (*p == '\\') p++;
            if (p >= end) return NULL;
            if (depth == 0) return p + 1;
        } else if (*p == '{' || *p == '[') depth++;
        else if (*p == '}' || *p == ']') {
            if (depth <= 1) return depth == 1 ? p + 1 : p;
            depth--;
        } else if (depth == 0 && *p == ',') return p;
    }
    return NULL;
}

/* Returns the value of a member of the object that begins at p; NULL when there is none. */
static const char *member(const char *p, const char *end, const char *name) {
    size_t size = strlen(name);
    p = p ? blank(p, end) : end;
    if (p >= end || *p != '{') return NULL;
    for (p = blank(p + 1, end); p < end && *p == '"';) {
        const char *key = p + 1, *after = skip_value(p, end);
        if (!after) return NULL;
        p = blank(after, end);
        if (p >= end || *p != ':') return NULL;
        p = blank(p + 1, end);
        if ((size_t)(after - 1 - key) == size && !memcmp(key, name, size)) return p;
        p = skip_value(p, end);
        if (!p) return NULL;
        p = blank(p, end);
        if (p < end && *p == ',') p = blank(p + 1, end);
    }
    return NULL;
}

/* Copies a string value; false when it is no string, too long, or has an escape beyond ASCII. */
static bool text_of(const char *p, const char *end, char *to, size_t room) {
    if (!p || p >= end || *p != '"') return false;
    for (p++; p < end && *p != '"' && room > 1; room--) {
        if (*p != '\\') *to++ = *p++;
        else if (p + 5 < end && p[1] == 'u') {
            char digits[5] = {p[2], p[3], p[4], p[5]};
            unsigned long code = strtoul(digits, NULL, 16);
            if (code > 127) return false;
            *to++ = (char)code;
            p += 6;
        } else if (p + 1 < end && strchr("\"\\/", p[1])) {
            *to++ = p[1];
            p += 2;
        } else return false;
    }
    *to = 0;
    return p < end && *p == '"';
}

/* ---- connections ---- */

/* False when the connection is gone. */
static bool conn_opened(struct conn *c);
static void conn_failed(struct conn *c, const char *what);

static struct conn *conn_new(struct loop *loop, int fd, enum kind kind) {
    struct conn *c = calloc(1, sizeof *c);
    if (!c) die("out of memory");
    c->loop = loop;
    c->fd = fd;
    c->kind = (uint8_t)kind;
    c->next = loop->conns;
    c->link = &loop->conns;
    if (c->next) c->next->link = &c->next;
    loop->conns = c;
    return c;
}

static void conn_free(struct conn *c) {
    if (c->next) c->next->link = c->link;
    *c->link = c->next;
    if (c->ssl) SSL_free(c->ssl);
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static void want(struct conn *c, uint32_t events) {
    if (c->events == events) return;
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(c->loop->ep, c->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event)) die("epoll_ctl");
    c->events = events;
}

/* Both return the bytes, 0 at the end of the stream, -1 when it would block and -2 when the connection broke. */
static ssize_t conn_recv(struct conn *c, uint8_t *to, size_t room, int flags) {
    if (!c->ssl) {
        ssize_t n = recv(c->fd, to, room, flags);
        return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? -1 : -2;
    }
    ERR_clear_error();
    int n = SSL_read(c->ssl, to, (int)room);
    if (n > 0) return n;
    int code = SSL_get_error(c->ssl, n);
    if (code == SSL_ERROR_ZERO_RETURN) return 0;
    return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE ? -1 : -2;
}

static ssize_t conn_send(struct conn *c, const uint8_t *bytes, size_t count) {
    if (!c->ssl) {
        ssize_t n = send(c->fd, bytes, count, MSG_NOSIGNAL);
        return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? -1 : -2;
    }
    ssize_t done = 0;
    while ((size_t)done < count) {
        ERR_clear_error();
        int n = SSL_write(c->ssl, bytes + done, (int)(count - (size_t)done));
        if (n > 0) {
            done += n;
            continue;
        }
        int code = SSL_get_error(c->ssl, n);
        if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) return -2;
        return done > 0 ? done : -1;
    }
    return done;
}

/* Sends what waits; false when the connection broke. */
static bool flush_out(struct conn *c) {
    while (c->out_sent < c->out_count) {
        ssize_t n = conn_send(c, c->out + c->out_sent, c->out_count - c->out_sent);
        if (n == -2) return false;
        if (n < 0) break;
        c->out_sent += (size_t)n;
    }
    if (c->out_sent == c->out_count) c->out_sent = c->out_count = 0;
    want(c, c->out_count ? EPOLLIN | EPOLLOUT : EPOLLIN);
    return true;
}

static uint8_t *out_room(struct conn *c, size_t count) {
    if (c->out_count + count > c->out_room) {
        c->out_room = c->out_count + count + (c->out_count ? 4096 : 0);
        c->out = grow(c->out, c->out_room);
    }
    return c->out + c->out_count;
}

static void queue(struct conn *c, const void *bytes, size_t count) {
    memcpy(out_room(c, count), bytes, count);
    c->out_count += count;
}

static void queue_frame(struct conn *c, int opcode, const void *bytes, size_t count) {
    uint8_t *to = out_room(c, count + 14);
    c->out_count += put_frame(to, opcode, bytes, count, (uint32_t)next_random(&c->keys));
}

static void start_upgrade(struct conn *c, const char *authority, const char *target, const char *token) {
    char lines[TEXT_MAX + 2048], key[32];
    uint8_t random[16];
    RAND_bytes(random, sizeof random);
    EVP_EncodeBlock((uint8_t *)key, random, sizeof random);
    char joined[80];
    uint8_t digest[20];
    snprintf(joined, sizeof joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    EVP_Digest(joined, strlen(joined), digest, NULL, EVP_sha1(), NULL);
    EVP_EncodeBlock((uint8_t *)c->accept_key, digest, sizeof digest);
    int count = snprintf(lines, sizeof lines,
                         "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s%s%s\r\n",
                         target, authority, key, token ? "ServiceBusAuthorization: " : "", token ? token : "",
                         token ? "\r\n" : "");
    if (count < 0 || (size_t)count >= sizeof lines) die("an upgrade request is too long");
    queue(c, lines, (size_t)count);
}

/* Goes on when the transport is there: the upgrade of a WebSocket, or at once where there is none. */
static void transport_ready(struct conn *c) {
    bool upgrades = !opt.raw && !(opt.mode == HTTP && c->kind == SENDER);
    c->stage = upgrades ? UPGRADING : OPEN;
    if (!upgrades) conn_opened(c);
    else if (!flush_out(c)) conn_failed(c, "closed before the upgrade");
}

static void handshake(struct conn *c) {
    ERR_clear_error();
    int result = SSL_do_handshake(c->ssl);
    if (result == 1) {
        want(c, EPOLLIN);
        transport_ready(c);
        return;
    }
    int code = SSL_get_error(c->ssl, result);
    if (code == SSL_ERROR_WANT_READ) want(c, EPOLLIN);
    else if (code == SSL_ERROR_WANT_WRITE) want(c, EPOLLOUT);
    else conn_failed(c, "TLS handshake");
}

static void prepare_socket(int fd) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* Starts a connection; NULL when the system refuses one. */
static struct conn *dial(struct loop *loop, int port, enum kind kind) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = opt.to;
    address.sin_port = htons((uint16_t)port);
    if (fd >= 0) prepare_socket(fd);
    uint64_t begun = now_ns();
    if (fd < 0 || (connect(fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)) {
        note("connect: %s", strerror(errno));
        if (fd >= 0) close(fd);
        atomic_fetch_add(&failed, 1);
        return NULL;
    }
    struct conn *c = conn_new(loop, fd, kind);
    c->begun = begun;
    c->keys = begun;
    if (opt.tls) {
        const char *server_name = opt.host ? opt.host : "localhost";
        c->ssl = SSL_new(client_context);
        if (!c->ssl) die("SSL_new");
        SSL_set_fd(c->ssl, fd);
        SSL_set_tlsext_host_name(c->ssl, server_name);
        SSL_set_connect_state(c->ssl);
    }
    want(c, EPOLLOUT);
    return c;
}

static void entity_name(char *to, size_t room, int index) {
    if (opt.controls > PER_ENTITY) snprintf(to, room, "%s%d", opt.entity, index / PER_ENTITY);
    else snprintf(to, room, "%s", opt.entity);
}

/* The request that every sender of an HTTP test repeats. */
static void build_request(void) {
    char token[2048];
    mint_token(token, sizeof token, opt.entity);
    request_count = (size_t)snprintf(request, sizeof request,
                                     "GET /%s/item?number=1 HTTP/1.1\r\nHost: %s:%d\r\nAccept: */*\r\n"
                                     "ServiceBusAuthorization: %s\r\n\r\n",
                                     opt.entity, opt.host, ntohs(opt.to.sin_port), token);
    if (request_count >= sizeof request) die("the request is too long");
}

/* False when the system refuses a connection. */
static bool dial_with_token(struct loop *loop, enum kind kind, int index) {
    int port = ntohs(opt.to.sin_port);
    struct conn *c = dial(loop, port, kind);
    if (!c || opt.raw || (kind == SENDER && opt.mode == HTTP)) return c != NULL;
    char entity[256], token[2048], authority[300], target[600];
    entity_name(entity, sizeof entity, index);
    mint_token(token, sizeof token, entity);
    snprintf(authority, sizeof authority, "%s:%d", opt.host, port);
    snprintf(target, sizeof target, "/$hc/%s?sb-hc-action=%s", entity, kind == CONTROL ? "listen" : "connect");
    start_upgrade(c, authority, target, token);
    return true;
}

/* Answers an accept: the address is used as it stands, but its host is reached at --to. */
static void dial_rendezvous(struct loop *loop, const char *address) {
    const char *authority = strstr(address, "://"), *target = authority ? strchr(authority + 3, '/') : NULL;
    char host[300];
    if (!target || (size_t)(target - authority) >= sizeof host) {
        note("an accept has the address %.100s", address);
        atomic_fetch_add(&failed, 1);
        return;
    }
    snprintf(host, sizeof host, "%.*s", (int)(target - authority - 3), authority + 3);
    const char *colon = strrchr(host, ':');
    struct conn *c = dial(loop, colon ? atoi(colon + 1) : 443, PARTNER);
    if (c) start_upgrade(c, host, target, NULL);
}

/* ---- what an open connection does ---- */

/* The contents of the message in flight; they differ from one to the next, so that an old answer is noticed. */
static void fill(const struct conn *c, uint8_t *to) {
    uint64_t state = c->message;
    for (size_t i = 0; i < opt.size; i += 8) {
        uint64_t word = next_random(&state);
        memcpy(to + i, &word, opt.size - i < 8 ? opt.size - i : 8);
    }
}

static void queue_message(struct conn *c) {
    uint8_t bytes[MESSAGE_MAX];
    c->message += 1000003;
    fill(c, bytes);
    c->begun = now_ns();
    c->is_waiting = true;
    queue_frame(c, OP_BINARY, bytes, opt.size);
}

static void send_request(struct conn *c) {
    c->begun = now_ns();
    if (conn_send(c, (uint8_t *)request, request_count) != (ssize_t)request_count)
        conn_failed(c, "a request could not be sent at once");
}

static bool writes(const struct conn *c) { return opt.mode == BULK && (c->kind == SENDER ? opt.up : opt.down); }

static bool conn_opened(struct conn *c) {
    if (c->kind == CONTROL) atomic_fetch_add(&controls_open, 1);
    else if (c->kind == PARTNER) atomic_fetch_add(&partners_open, 1);
    else atomic_fetch_add(&senders_open, 1);
    if (c->loop->is_sender && opt.mode != SETUP) c->loop->flying--;
    want(c, EPOLLIN);
    if (opt.mode == SETUP && c->kind == PARTNER) {
        queue_frame(c, OP_BINARY, "B", 1);
        if (!flush_out(c)) {
            conn_failed(c, "closed");
            return false;
        }
    }
    return true;
}

static void conn_failed(struct conn *c, const char *what) {
    bool was_open = c->stage >= OPEN, is_end = c->stage == CLOSING || atomic_load(&phase) == OVER;
    /* In a set-up test the other end goes as soon as it has its byte. */
    if (opt.mode == SETUP && c->kind == PARTNER && was_open) is_end = true;
    if (!is_end) {
        note("%s: %s", c->kind == CONTROL ? "listener" : c->kind == SENDER ? "sender" : "rendezvous", what);
        atomic_fetch_add(was_open ? &lost : &failed, 1);
        if (c->kind == CONTROL && was_open) atomic_fetch_sub(&controls_open, 1);
        if (c->kind == SENDER && (opt.mode == SETUP || !was_open)) c->loop->flying--;
    }
    conn_free(c);
}

static void listener_message(struct conn *c, const char *text, size_t count) {
    const char *end = text + count, *accept = member(text, end, "accept"), *request = member(text, end, "request");
    char value[TEXT_MAX], answer[TEXT_MAX];
    if (accept) {
        if (text_of(member(accept, end, "address"), end, value, sizeof value)) dial_rendezvous(c->loop, value);
        else note("an accept without an address: %.*s", (int)(count < 150 ? count : 150), text);
        return;
    }
    if (!request || !text_of(member(request, end, "id"), end, value, sizeof value) || !member(request, end, "method")) {
        note("a message that is no small request: %.*s", (int)(count < 150 ? count : 150), text);
        atomic_fetch_add(&failed, 1);
        return;
    }
    int size = snprintf(answer, sizeof answer,
                        "{\"response\":{\"requestId\":\"%.200s\",\"statusCode\":200,\"statusDescription\":\"OK\","
                        "\"responseHeaders\":{\"Content-Type\":\"application/octet-stream\","
                        "\"Content-Length\":\"%zu\"},\"body\":true}}",
                        value, opt.size);
    queue_frame(c, OP_TEXT, answer, (size_t)size);
    queue_frame(c, OP_BINARY, payload, opt.size);
}

/* A message for a sender or its partner. Returns false when the connection is gone. */
static bool pair_message(struct conn *c, const uint8_t *bytes, size_t count) {
    if (c->kind == PARTNER) {
        queue_frame(c, OP_BINARY, bytes, count);
        return true;
    }
    if (opt.mode == SETUP) {
        if (count != 1 || bytes[0] != 'B') {
            atomic_fetch_add(&corrupt, 1);
            note("the first byte of a rendezvous is another");
        } else if (atomic_load(&phase) == MEASURING) record(now_ns() - c->begun);
        c->loop->flying--;
        c->stage = CLOSING;
        if (opt.raw) {
            if (c->ssl) SSL_shutdown(c->ssl);
            conn_free(c);
            return false;
        }
        c->begun = now_ns();
        queue_frame(c, OP_CLOSE, "\x03\xe8", 2);
        return true;
    }
    uint8_t expected[MESSAGE_MAX];
    fill(c, expected);
    if (!c->is_waiting || count != opt.size || memcmp(bytes, expected, count)) {
        atomic_fetch_add(&corrupt, 1);
        note("an echo differs from what was sent");
        conn_free(c);
        return false;
    }
    c->is_waiting = false;
    if (opt.mode == IDLE) {
        atomic_fetch_add(&alive, 1);
        return true;
    }
    if (atomic_load(&phase) == MEASURING) record(now_ns() - c->begun);
    queue_message(c);
    return true;
}

/* Handles one whole frame. Returns false when the connection is gone. */
static bool handle_frame(struct conn *c, int opcode, bool is_final, uint8_t *bytes, size_t count) {
    if (opcode == OP_PING) queue_frame(c, OP_PONG, bytes, count);
    else if (opcode == OP_CLOSE) {
        if (c->kind == CONTROL) {
            conn_failed(c, "the control channel was closed");
            return false;
        }
        if (c->stage != CLOSING) {
            if (opt.mode != SETUP) {
                conn_failed(c, "closed by a frame");
                return false;
            }
            queue_frame(c, OP_CLOSE, bytes, count < 2 ? 0 : 2);
            c->stage = CLOSING;
            c->begun = now_ns();
        }
    } else if (opcode != OP_PONG) {
        if (!is_final || opcode == 0) {
            conn_failed(c, "a small message came in fragments");
            return false;
        }
        if (c->kind != CONTROL) return pair_message(c, bytes, count);
        if (opcode == OP_TEXT) listener_message(c, (char *)bytes, count);
    }
    return true;
}

/* Thousands of idle connections wait side by side. */
static void give_buffers_back(struct conn *c) {
    if (c->in_count == 0) {
        free(c->in);
        c->in = NULL;
        c->in_room = 0;
    }
    if (c->out_count == 0) {
        free(c->out);
        c->out = NULL;
        c->out_room = 0;
    }
}

/* Takes whole frames from the front of the buffer. Returns false when the connection is gone. */
static bool take_frames(struct conn *c) {
    size_t used = 0;
    for (;;) {
        uint8_t *p = c->in + used;
        size_t have = c->in_count - used, head = 2;
        if (have < 2) break;
        size_t count = p[1] & 127;
        bool masked = p[1] & 128;
        if (count == 126) head = 4;
        else if (count == 127) head = 10;
        if (have < head) break;
        if (head > 2) {
            count = 0;
            for (size_t i = 2; i < head; i++) count = count << 8 | p[i];
        }
        if (count > FRAME_MAX) {
            conn_failed(c, "a frame has more than 65,536 bytes");
            return false;
        }
        uint8_t *key = p + head;
        if (masked) head += 4;
        if (have < head + count) break;
        if (masked) apply_mask(p + head, count, key);
        used += head + count;
        if (!handle_frame(c, p[0] & 15, p[0] & 128, p + head, count)) return false;
    }
    memmove(c->in, c->in + used, c->in_count - used);
    c->in_count -= used;
    if (!flush_out(c)) {
        conn_failed(c, "closed");
        return false;
    }
    if (opt.mode == IDLE) give_buffers_back(c);
    return true;
}

/* Looks for a whole answer in the buffer. Returns false when the connection is gone. */
static bool take_answer(struct conn *c) {
    c->in[c->in_count] = 0;
    char *text = (char *)c->in, *body = strstr(text, "\r\n\r\n");
    if (!body) return true;
    body += 4;
    char *length = strcasestr(text, "\r\ncontent-length:");
    char *chunked = strcasestr(text, "\r\ntransfer-encoding: chunked");
    size_t have = c->in_count - (size_t)(body - text), total;
    if (length && length < body) total = strtoul(length + 17, NULL, 10);
    else if (chunked && chunked < body) {
        if (have < 5 || memcmp(body + have - 5, "0\r\n\r\n", 5)) return true;
        char *data = strstr(body, "\r\n");
        total = have;
        if (data) body = data + 2;
    } else total = 0;
    if (have < total) return true;
    size_t rest = c->in_count - (size_t)(body - text);
    if (strncmp(text, "HTTP/1.1 200 ", 13) || rest < opt.size || memcmp(body, payload, opt.size) ||
        (length && total != opt.size)) {
        note("an answer is not the listener's: %.80s", text);
        atomic_fetch_add(&corrupt, 1);
        conn_free(c);
        return false;
    }
    if (atomic_load(&phase) == MEASURING) record(now_ns() - c->begun);
    c->in_count = 0;
    send_request(c);
    return true;
}

static void take_upgrade(struct conn *c) {
    c->in[c->in_count] = 0;
    char *end = strstr((char *)c->in, "\r\n\r\n");
    if (!end) return;
    end[2] = 0;
    char *line = (char *)c->in, accepted[64];
    snprintf(accepted, sizeof accepted, ": %s\r\n", c->accept_key);
    if (strncmp(line, "HTTP/1.1 101 ", 13) || !strstr(line, accepted)) {
        line[strcspn(line, "\r\n")] = 0;
        conn_failed(c, line);
        return;
    }
    size_t used = (size_t)(end + 4 - line);
    memmove(c->in, c->in + used, c->in_count - used);
    c->in_count -= used;
    c->stage = OPEN;
    if (conn_opened(c) && opt.mode != BULK) take_frames(c);
}

static void read_some(struct conn *c) {
    size_t step = opt.mode == IDLE ? 2048 : 16384;
    for (int turn = 0; turn < 8; turn++) {
        if (c->in_room < c->in_count + step + 1) {
            c->in_room = c->in_count + step + 1;
            c->in = grow(c->in, c->in_room);
        }
        ssize_t n = conn_recv(c, c->in + c->in_count, step, 0);
        if (n == -1) break;
        if (n <= 0) {
            conn_failed(c, n == 0 ? "the connection ended" : "the connection broke");
            return;
        }
        c->in_count += (size_t)n;
        /* TLS may hold further records that no event will tell of. */
        if (!c->ssl && (size_t)n < step) break;
    }
    if (c->stage == UPGRADING) take_upgrade(c);
    else if (opt.mode == HTTP && c->kind == SENDER) take_answer(c);
    else take_frames(c);
}

/* ---- bulk ---- */

/* Compares a piece of payload with its place in the stream of equal frames. */
static bool matches(struct conn *c, const uint8_t *bytes, size_t count, const uint8_t *pattern, size_t period) {
    while (count > 0) {
        size_t at = c->checked % period, n = period - at < count ? period - at : count;
        if (memcmp(bytes, pattern + at, n)) return false;
        c->checked += n;
        bytes += n;
        count -= n;
    }
    return true;
}

/* Follows the frames that a gateway sends: none over 65,536 bytes, messages of the size that was sent, every byte. */
static bool check_frames(struct conn *c, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        if (c->frame_left == 0) {
            c->header[c->header_count++] = *bytes++;
            count--;
            if (c->header_count < 2) continue;
            size_t head = c->header[1] < 126 ? 2 : c->header[1] == 126 ? 4 : 10;
            if (c->header_count < head) continue;
            size_t size = head == 2 ? c->header[1] : 0;
            for (size_t i = 2; i < head; i++) size = size << 8 | c->header[i];
            size_t left = opt.size - c->checked % opt.size;
            int expected = (left == opt.size ? OP_BINARY : 0) | (size == left ? 128 : 0);
            c->frame_is_control = c->header[0] & 8;
            c->frame_left = size;
            c->header_count = 0;
            if (c->frame_is_control) continue;
            if (size > FRAME_MAX || size == 0 || size > left || c->header[0] != expected) return false;
            if (opt.size <= FRAME_MAX && size != opt.size) return false;
            continue;
        }
        size_t n = c->frame_left < count ? c->frame_left : count;
        if (!c->frame_is_control && !matches(c, bytes, n, payload, opt.size)) return false;
        c->frame_left -= n;
        bytes += n;
        count -= n;
    }
    return true;
}

static bool discard(struct conn *c) {
    /* Without TLS the bytes are thrown away in the kernel, so that the clients cost little of the shared machine. */
    int flags = opt.verify ? 0 : MSG_TRUNC;
    size_t taken = 0;
    if (c->in_count > 0) {
        if (opt.verify && !check_frames(c, c->in, c->in_count)) goto differs;
        taken = c->in_count;
        c->in_count = 0;
    }
    for (int turn = 0; turn < (c->ssl ? 16 : 1); turn++) {
        ssize_t n = conn_recv(c, c->loop->scratch, READ_MAX, flags);
        if (n == -1) break;
        if (n <= 0) {
            conn_failed(c, n == 0 ? "the connection ended" : "the connection broke");
            return false;
        }
        taken += (size_t)n;
        const uint8_t *bytes = c->loop->scratch;
        if (opt.verify && opt.raw && !matches(c, bytes, (size_t)n, wire, wire_count)) goto differs;
        if (opt.verify && !opt.raw && !check_frames(c, bytes, (size_t)n)) goto differs;
    }
    atomic_fetch_add_explicit(c->kind == SENDER ? &bytes_down : &bytes_up, taken, memory_order_relaxed);
    return true;
differs:
    atomic_fetch_add(&corrupt, 1);
    conn_failed(c, "the stream differs from what was sent");
    return false;
}

static void pour(struct conn *c) {
    size_t left = wire_count - c->offset;
    ssize_t n = conn_send(c, wire + c->offset, left < WRITE_MAX ? left : WRITE_MAX);
    if (n == -2) conn_failed(c, "the connection broke");
    else if (n > 0) c->offset = (c->offset + (size_t)n) % wire_count;
}

/* ---- the threads ---- */

static void accept_some(struct conn *acceptor) {
    for (int i = 0; i < 64; i++) {
        int fd = accept4(acceptor->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        prepare_socket(fd);
        struct conn *c = conn_new(acceptor->loop, fd, PARTNER);
        c->keys = now_ns();
        if (!opt.tls) {
            c->stage = OPEN;
            conn_opened(c);
            continue;
        }
        c->ssl = SSL_new(server_context);
        if (!c->ssl) die("SSL_new");
        SSL_set_fd(c->ssl, fd);
        SSL_set_accept_state(c->ssl);
        c->stage = HANDSHAKING;
        handshake(c);
    }
}

static void handle_event(struct conn *c, uint32_t events) {
    if (c->kind == ACCEPTOR) {
        accept_some(c);
        return;
    }
    if (c->stage == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) {
            conn_failed(c, strerror(error));
            return;
        }
        c->stage = HANDSHAKING;
        if (!c->ssl) {
            transport_ready(c);
            return;
        }
    }
    if (c->stage == HANDSHAKING) {
        handshake(c);
        return;
    }
    if (opt.mode == BULK && c->stage == OPEN && c->kind != CONTROL) {
        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !discard(c)) return;
        if (events & EPOLLOUT) pour(c);
        return;
    }
    if (events & EPOLLOUT && !flush_out(c)) {
        conn_failed(c, "closed");
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_some(c);
}

/* Keeps as many connects in flight as asked for. */
static void start_senders(struct loop *loop) {
    if (opt.mode == IDLE && opt.controls) return;
    if (!opt.raw && atomic_load(&controls_open) == 0) return;
    bool endless = opt.mode == SETUP;
    if (endless && atomic_load(&phase) == OVER) return;
    while (loop->flying < opt.parallel && (endless || loop->started < opt.pairs)) {
        loop->started++;
        if (!dial_with_token(loop, SENDER, 0)) {
            usleep(1000);
            return;
        }
        loop->flying++;
    }
}

static void start_controls(struct loop *loop) {
    int wanted = opt.controls ? opt.controls : 1;
    while (!opt.raw && loop->started < wanted && loop->started - atomic_load(&controls_open) < opt.parallel)
        dial_with_token(loop, CONTROL, loop->started++);
}

static void send_message(struct conn *c) {
    queue_message(c);
    if (!flush_out(c)) conn_failed(c, "closed");
}

static void begin_running(struct loop *loop) {
    for (struct conn *c = loop->conns, *next; c; c = next) {
        next = c->next;
        if (c->stage != OPEN || c->kind == ACCEPTOR || c->kind == CONTROL) continue;
        if (writes(c)) want(c, EPOLLIN | EPOLLOUT);
        else if (loop->is_sender && opt.mode == ECHO) send_message(c);
        else if (loop->is_sender && opt.mode == HTTP) send_request(c);
    }
}

/* Peers that do not end a connection after both Close frames are left behind after five seconds. */
static void sweep(struct loop *loop) {
    uint64_t now = now_ns();
    for (struct conn *c = loop->conns, *next; c; c = next) {
        next = c->next;
        if (c->stage != CLOSING || now - c->begun < 5000000000u) continue;
        note("the gateway left a closed connection open");
        atomic_fetch_add(&lost, 1);
        conn_free(c);
    }
}

static void *run_loop(void *argument) {
    struct loop *loop = argument;
    struct epoll_event events[256];
    uint64_t swept = now_ns();
    while (atomic_load(&phase) != OVER) {
        if (loop->is_sender) start_senders(loop);
        else start_controls(loop);
        int now = atomic_load(&phase);
        if (now >= RUNNING && !loop->running) {
            loop->running = true;
            begin_running(loop);
        }
        if (now == PROBING && loop->is_sender && !loop->probed) {
            loop->probed = true;
            for (struct conn *c = loop->conns, *next; c; c = next) {
                next = c->next;
                if (c->stage == OPEN) send_message(c);
            }
        }
        int count = epoll_wait(loop->ep, events, 256, 10);
        for (int i = 0; i < count; i++) handle_event(events[i].data.ptr, events[i].events);
        if (opt.mode == SETUP && now_ns() - swept > 500000000u) {
            swept = now_ns();
            sweep(loop);
        }
    }
    return NULL;
}

static void listen_as_backend(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.backend)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) die("backend: %s", strerror(errno));
    struct conn *c = conn_new(&listener_loop, fd, ACCEPTOR);
    c->stage = OPEN;
    want(c, EPOLLIN);
}

/* ---- main ---- */

static SSL_CTX *tls_context(const SSL_METHOD *method) {
    SSL_CTX *context = SSL_CTX_new(method);
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
        !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256"))
        die("TLS context");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Buffers are kept where bytes flow, and given back where thousands of connections wait. */
    if (opt.mode == IDLE) SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return context;
}

static double watched_cpu(void) {
    double total = 0;
    const char *p = opt.watch;
    while (p && *p) {
        char path[64], text[1024];
        char *rest;
        long pid = strtol(p, &rest, 10);
        p = *rest == ',' ? rest + 1 : rest;
        if (p == rest && *p) die("--watch takes process IDs");
        snprintf(path, sizeof path, "/proc/%ld/stat", pid);
        FILE *file = fopen(path, "r");
        if (!file) die("there is no process %ld", pid);
        size_t count = fread(text, 1, sizeof text - 1, file);
        fclose(file);
        text[count] = 0;
        const char *after = strrchr(text, ')');
        unsigned long user, system;
        if (!after || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
            die("%s cannot be read", path);
        total += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    }
    return total;
}

static double own_cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void sleep_for(double seconds) {
    struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

static bool is_all_open(void) {
    if (opt.mode == SETUP) return opt.raw || atomic_load(&controls_open) > 0;
    if (opt.controls) return atomic_load(&controls_open) >= opt.controls;
    bool partners = opt.mode == HTTP || atomic_load(&partners_open) >= opt.pairs;
    return atomic_load(&senders_open) >= opt.pairs && partners;
}

/* Waits until everything is open; gives up 15 seconds after the last step. */
static bool await_open(void) {
    int before = -1;
    uint64_t stepped = now_ns();
    while (!is_all_open()) {
        int all = atomic_load(&controls_open) + atomic_load(&senders_open) + atomic_load(&partners_open);
        if (all != before) stepped = now_ns();
        before = all;
        if (now_ns() - stepped > 15000000000u) return false;
        if (opt.mode != IDLE && atomic_load(&failed) > 0) return false;
        sleep_for(0.01);
    }
    return true;
}

static void print_error(void) {
    fputs(",\"error\":\"", stdout);
    for (const char *p = first_error; *p; p++) {
        if (*p == '"' || *p == '\\') putchar('\\');
        putchar((unsigned char)*p < 32 ? ' ' : *p);
    }
    fputs("\"}\n", stdout);
    fflush(stdout);
}

static void print_counts(void) {
    printf(",\"failed\":%d,\"lost\":%d,\"corrupt\":%d", atomic_load(&failed), atomic_load(&lost),
           atomic_load(&corrupt));
    print_error();
}

static int run_idle(void) {
    bool all = await_open();
    int open = opt.controls ? atomic_load(&controls_open) : atomic_load(&senders_open);
    printf("{\"mark\":\"open\",\"open\":%d,\"all\":%s", open, all ? "true" : "false");
    print_error();
    char byte;
    while (read(0, &byte, 1) > 0) {}
    if (opt.controls) atomic_store(&alive, atomic_load(&controls_open));
    else {
        atomic_store(&phase, PROBING);
        for (int i = 0; i < 1000 && atomic_load(&alive) < open; i++) sleep_for(0.01);
    }
    printf("{\"test\":\"idle\",\"open\":%d,\"alive\":%d", open, atomic_load(&alive));
    print_counts();
    return 0;
}

static int run_measured(void) {
    if (!await_open()) {
        printf("{\"controls\":%d,\"senders\":%d,\"partners\":%d", atomic_load(&controls_open),
               atomic_load(&senders_open), atomic_load(&partners_open));
        print_counts();
        return 1;
    }
    atomic_store(&phase, RUNNING);
    sleep_for(opt.warm);
    double cpu = watched_cpu(), own = own_cpu();
    uint64_t up = atomic_load(&bytes_up), down = atomic_load(&bytes_down), begun = now_ns();
    atomic_store(&phase, MEASURING);
    sleep_for(opt.seconds);
    /* The histogram belongs to the sender thread, so it is read when that thread has ended. */
    cpu = watched_cpu() - cpu;
    own = own_cpu() - own;
    up = atomic_load(&bytes_up) - up;
    down = atomic_load(&bytes_down) - down;
    double seconds = (double)(now_ns() - begun) / 1e9;
    atomic_store(&phase, OVER);
    pthread_join(sender_loop.thread, NULL);
    pthread_join(listener_loop.thread, NULL);
    printf("{\"seconds\":%.3f,\"watched_cpu\":%.3f,\"own_cpu\":%.3f", seconds, cpu, own);
    if (opt.mode == BULK) {
        double share = payload_share();
        printf(",\"bytes_up\":%.0f,\"bytes_down\":%.0f,\"bytes\":%.0f", (double)up * share, (double)down * share,
               (double)(up + down) * share);
    } else {
        printf(",\"count\":%llu,\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f",
               (unsigned long long)histogram_count, (double)histogram_count / seconds, percentile_us(0.5),
               percentile_us(0.99), percentile_us(0.999), (double)histogram_max / 1e3);
    }
    print_counts();
    return 0;
}

static void parse_options(int count, char **words) {
    static const char *modes[] = {"bulk", "echo", "setup", "idle", "http"};
    int mode = -1;
    for (int i = 0; count > 1 && i < 5; i++)
        if (!strcmp(words[1], modes[i])) mode = i;
    if (mode < 0) die("usage: relayload bulk|echo|setup|idle|http --to ADDRESS:PORT ...; see the head of relayload.c");
    opt.mode = (enum mode)mode;
    for (int i = 2; i < count; i++) {
        const char *name = words[i];
        if (!strcmp(name, "--raw")) opt.raw = true;
        else if (!strcmp(name, "--tls")) opt.tls = true;
        else if (!strcmp(name, "--verify")) opt.verify = true;
        else {
            if (++i == count) die("%s needs a value", name);
            char *value = words[i];
            if (!strcmp(name, "--to")) {
                char *colon = strrchr(value, ':');
                if (!colon) die("--to takes ADDRESS:PORT");
                *colon = 0;
                opt.to.sin_family = AF_INET;
                opt.to.sin_port = htons((uint16_t)atoi(colon + 1));
                if (inet_pton(AF_INET, value, &opt.to.sin_addr) != 1) die("--to takes an IPv4 address");
            } else if (!strcmp(name, "--host")) opt.host = value;
            else if (!strcmp(name, "--entity")) opt.entity = value;
            else if (!strcmp(name, "--key-name")) opt.key_name = value;
            else if (!strcmp(name, "--certificate")) opt.certificate = value;
            else if (!strcmp(name, "--private-key")) opt.private_key = value;
            else if (!strcmp(name, "--watch")) opt.watch = value;
            else if (!strcmp(name, "--backend")) opt.backend = atoi(value);
            else if (!strcmp(name, "--pairs")) opt.pairs = atoi(value);
            else if (!strcmp(name, "--controls")) opt.controls = atoi(value);
            else if (!strcmp(name, "--parallel")) opt.parallel = atoi(value);
            else if (!strcmp(name, "--size")) opt.size = strtoul(value, NULL, 10);
            else if (!strcmp(name, "--seconds")) opt.seconds = atof(value);
            else if (!strcmp(name, "--warm")) opt.warm = atof(value);
            else if (!strcmp(name, "--direction")) {
                opt.up = strcmp(value, "down") != 0;
                opt.down = strcmp(value, "up") != 0;
            } else die("unknown option %s", name);
        }
    }
}

int main(int count, char **words) {
    parse_options(count, words);
    opt.key = getenv("RELAYLOAD_KEY");
    if (!opt.to.sin_port) die("--to is needed");
    if (opt.raw ? !opt.backend : !opt.host || !opt.entity || !opt.key_name || !opt.key)
        die(opt.raw ? "--backend is needed" : "--host, --entity, --key-name and RELAYLOAD_KEY are needed");
    if (opt.raw && (opt.mode == HTTP || opt.controls)) die("a TCP relay has neither requests nor control channels");
    if (opt.size < 1 || (opt.mode != BULK && opt.size > MESSAGE_MAX)) die("--size is out of range");
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (opt.tls) client_context = tls_context(TLS_client_method());
    if (opt.tls && opt.raw) {
        server_context = tls_context(TLS_server_method());
        if (!opt.certificate || !opt.private_key ||
            SSL_CTX_use_certificate_chain_file(server_context, opt.certificate) != 1 ||
            SSL_CTX_use_PrivateKey_file(server_context, opt.private_key, SSL_FILETYPE_PEM) != 1)
            die("--certificate and --private-key are needed and must fit");
    }
    build_stream();
    if (opt.mode == HTTP) build_request();
    sender_loop.ep = epoll_create1(EPOLL_CLOEXEC);
    listener_loop.ep = epoll_create1(EPOLL_CLOEXEC);
    if (opt.raw) listen_as_backend();
    pthread_create(&listener_loop.thread, NULL, run_loop, &listener_loop);
    pthread_create(&sender_loop.thread, NULL, run_loop, &sender_loop);
    int result = opt.mode == IDLE ? run_idle() : run_measured();
    fflush(stdout);
    _exit(result);
}
