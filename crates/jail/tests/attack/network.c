/* Ways to anybody outside by a socket. */
#include "attack.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static void patient(int fd) {
  struct timeval time = {5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

/* Connects, sends, and for datagrams waits for the answer that a listener would give. */
static int reach(int family, int type, const char *address, int port) {
  int fd = socket(family, type, 0);
  if (fd < 0) return errno;
  patient(fd);
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(family, address, family == AF_INET ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr);
  struct sockaddr *to = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
  if (connect(fd, to, family == AF_INET ? sizeof v4 : sizeof v6)) return errno;
  if (type == SOCK_STREAM) return 0;
  char byte = 0;
  if (send(fd, "?", 1, 0) < 0) return errno;
  return recv(fd, &byte, 1, 0) < 0 ? errno : 0;
}

static int socket_of(int family, int type, int protocol) { TRY(socket(family, type, protocol)); }

static int connect_path(const char *path, int abstract) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strncpy(name.sun_path + abstract, path, sizeof name.sun_path - 2);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  TRY(connect(fd, (struct sockaddr *)&name,
              offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path)));
}

/* A name server at its usual port: datagram to a public address, and to the one that programs take
 * when none is configured. */
ROUTE(dns_outside) { return reach(AF_INET, SOCK_DGRAM, "192.0.2.53", 53); }
ROUTE(dns_local) { return reach(AF_INET, SOCK_DGRAM, "127.0.0.1", 53); }
ROUTE(dns_tcp) { return reach(AF_INET, SOCK_STREAM, "192.0.2.53", 53); }
ROUTE(tcp4) { return reach(AF_INET, SOCK_STREAM, "198.51.100.7", 443); }
ROUTE(tcp6) { return reach(AF_INET6, SOCK_STREAM, "2001:db8::7", 443); }
ROUTE(udp4) { return reach(AF_INET, SOCK_DGRAM, "198.51.100.7", 443); }
ROUTE(udp6) { return reach(AF_INET6, SOCK_DGRAM, "2001:db8::7", 443); }
ROUTE(metadata) { return reach(AF_INET, SOCK_STREAM, "169.254.169.254", 80); }
ROUTE(multicast) { return reach(AF_INET, SOCK_DGRAM, "224.0.0.251", 5353); }
ROUTE(host_tcp4) { return reach(AF_INET, SOCK_STREAM, "127.0.0.1", atoi(told("HOST_TCP"))); }
ROUTE(host_tcp6) { return reach(AF_INET6, SOCK_STREAM, "::1", atoi(told("HOST_TCP"))); }
ROUTE(host_udp) { return reach(AF_INET, SOCK_DGRAM, "127.0.0.1", atoi(told("HOST_UDP"))); }
ROUTE(raw_icmp) { return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
ROUTE(raw_ip) { return socket_of(AF_INET, SOCK_RAW, IPPROTO_RAW); }
ROUTE(raw_ip6) { return socket_of(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6); }
ROUTE(ping) { return socket_of(AF_INET, SOCK_DGRAM, IPPROTO_ICMP); }
ROUTE(sctp) { return socket_of(AF_INET, SOCK_STREAM, IPPROTO_SCTP); }
ROUTE(packet) { return socket_of(AF_PACKET, SOCK_RAW, htons(3)); }
ROUTE(vsock) { return socket_of(AF_VSOCK, SOCK_STREAM, 0); }
ROUTE(alg) { return socket_of(AF_ALG, SOCK_SEQPACKET, 0); }
ROUTE(bluetooth) { return socket_of(AF_BLUETOOTH, SOCK_RAW, 1); }
ROUTE(can) { return socket_of(AF_CAN, SOCK_RAW, 1); }
ROUTE(xdp) { return socket_of(AF_XDP, SOCK_RAW, 0); }
ROUTE(tipc) { return socket_of(AF_TIPC, SOCK_RDM, 0); }
ROUTE(tipc_pair) {
  int pair[2];
  TRY(socketpair(AF_TIPC, SOCK_STREAM, 0, pair));
}
ROUTE(netfilter) { return socket_of(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER); }
ROUTE(audit) { return socket_of(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); }
ROUTE(uevent) { return socket_of(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT); }

/* Sends one request on the plain kind of netlink, and reads the kernel's verdict. */
static int request(int type, const void *body, size_t size, int flags) {
  struct {
    struct nlmsghdr head;
    char body[64];
  } message = {.head = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags}};
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    char rest[512];
  } answer;
  memcpy(message.body, body, size);
  message.head.nlmsg_len = NLMSG_LENGTH(size);
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0) return errno;
  patient(fd);
  if (send(fd, &message, message.head.nlmsg_len, 0) < 0) return errno;
  if (recv(fd, &answer, sizeof answer, 0) < 0) return errno;
  return -answer.error.error;
}

ROUTE(route_change) {
  struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN,
                        .rtm_protocol = RTPROT_BOOT, .rtm_type = RTN_UNICAST};
  return request(RTM_NEWROUTE, &route, sizeof route, NLM_F_CREATE);
}

ROUTE(link_change) {
  struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = 1, .ifi_change = IFF_UP};
  return request(RTM_SETLINK, &link, sizeof link, 0);
}

ROUTE(address_change) {
  struct ifreq wish = {.ifr_name = "lo"};
  struct sockaddr_in *address = (struct sockaddr_in *)&wish.ifr_addr;
  address->sin_family = AF_INET;
  inet_pton(AF_INET, "10.0.0.2", &address->sin_addr);
  TRY(ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFADDR, &wish));
}

ROUTE(other_device) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  TRY(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5));
}

ROUTE(tunnel_device) { return opens("/dev/net/tun", O_RDWR); }
ROUTE(abstract) { return connect_path(told("HOST_ABSTRACT"), 1); }
ROUTE(socket_path) { return connect_path(told("HOST_SOCKET"), 0); }
ROUTE(docker) { return connect_path("/var/run/docker.sock", 0); }
ROUTE(system_bus) { return connect_path("/run/dbus/system_bus_socket", 0); }
ROUTE(init_socket) { return connect_path("/run/systemd/private", 0); }

/* What the proxy answers; what it is asked for is the proxy's to judge. */
static int through_bridge(const char *ask) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in bridge = {.sin_family = AF_INET, .sin_port = htons(3128)};
  bridge.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  patient(fd);
  if (connect(fd, (struct sockaddr *)&bridge, sizeof bridge)) return errno;
  if (send(fd, ask, strlen(ask), 0) < 0) return errno;
  char answer[64] = {0};
  if (recv(fd, answer, sizeof answer - 1, MSG_WAITALL) <= 0) return errno ? errno : EPIPE;
  snprintf(said, sizeof said, "the proxy says %.3s", answer + strlen("HTTP/1.1 "));
  return SAID;
}

ROUTE(tunnel_connect) { return through_bridge("CONNECT api.github.com:443 HTTP/1.1\r\n\r\n"); }
ROUTE(tunnel_absolute) { return through_bridge("GET http://192.0.2.1/ HTTP/1.1\r\n\r\n"); }
ROUTE(tunnel_socks) { return through_bridge("\5\1 not HTTP at all\r\n\r\n"); }
ROUTE(egress_replace) { TRY(unlink("/run/egress.sock")); }

ROUTE(egress_listen) {
  /* To answer in the proxy's place. */
  struct sockaddr_in bridge = {.sin_family = AF_INET, .sin_port = htons(3128)};
  bridge.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  TRY(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&bridge, sizeof bridge));
}

const struct route network_routes[] = {
    {"dns-outside", dns_outside},     {"dns-local", dns_local},
    {"dns-tcp", dns_tcp},             {"tcp4", tcp4},
    {"tcp6", tcp6},                   {"udp4", udp4},
    {"udp6", udp6},                   {"metadata", metadata},
    {"multicast", multicast},         {"host-tcp4", host_tcp4},
    {"host-tcp6", host_tcp6},         {"host-udp", host_udp},
    {"raw-icmp", raw_icmp},           {"raw-ip", raw_ip},
    {"raw-ip6", raw_ip6},             {"ping", ping},
    {"sctp", sctp},                   {"packet", packet},
    {"vsock", vsock},                 {"alg", alg},
    {"bluetooth", bluetooth},         {"can", can},
    {"xdp", xdp},                     {"tipc", tipc},
    {"tipc-pair", tipc_pair},         {"netfilter", netfilter},
    {"audit", audit},                 {"uevent", uevent},
    {"route-change", route_change},   {"link-change", link_change},
    {"address-change", address_change}, {"other-device", other_device},
    {"tunnel-device", tunnel_device}, {"abstract", abstract},
    {"socket-path", socket_path},     {"docker", docker},
    {"system-bus", system_bus},       {"init-socket", init_socket},
    {"tunnel-connect", tunnel_connect}, {"tunnel-absolute", tunnel_absolute},
    {"tunnel-socks", tunnel_socks},   {"egress-replace", egress_replace},
    {"egress-listen", egress_listen}, {NULL, NULL},
};
