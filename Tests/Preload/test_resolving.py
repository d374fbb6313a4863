"""getaddrinfo() and its relatives, called by a C program."""

import subprocess

import pytest

NAME = "db.contoso.example"
FOUND = "inet 127.77.1.2"


@pytest.fixture
def resolve(runner, resolver):
    """What the program prints with the library; without it the name must be unknown, or what matches `without`."""
    def resolve(*arguments, without="unresolved", prefix=()):
        return runner.run(*prefix, resolver, *arguments, without=without).stdout.strip()
    return resolve


@pytest.fixture
def same(runner, resolver):
    """What the program prints both with the library and without it."""
    def same(*arguments):
        bare = runner.run_bare(resolver, *arguments).stdout
        assert runner.run_alone(resolver, *arguments).stdout == bare
        return bare.strip()
    return same


@pytest.mark.parametrize("node", [NAME, f"{NAME}.", "DB.Contoso.EXAMPLE", "dB.contoso.example."])
@pytest.mark.parametrize("family", ["AF_UNSPEC", "AF_INET"])
def test_a_name_resolves_in_any_case_and_with_a_dot(resolve, node, family):
    assert resolve("getaddrinfo", node, "5432", family, "0") == f"{FOUND} 5432 type 1 name -"


@pytest.mark.parametrize("node", [
    f"{NAME}..", "b.contoso.example", "db.contoso.exampl", "db.contoso.example2", "contoso.example",
    f"{NAME} 127.77.1.2", "", ".", "x" * 254, f"x.{NAME}",
])
def test_other_names_are_left_to_the_c_library(runner, resolver, node):
    command = resolver, "getaddrinfo", node, "5432", "AF_INET", "0"
    assert "unresolved" in runner.run(*command).stdout


def test_a_name_that_the_c_library_knows_stays_known(same):
    assert same("getaddrinfo", "localhost", "80", "AF_INET", "0").endswith("inet 127.0.0.1 80 type 1 name -")


def test_without_hints_and_without_a_service_all_types_are_returned(resolve):
    assert resolve("getaddrinfo", NAME, "-").splitlines() == [f"{FOUND} 0 type {kind} name -" for kind in (1, 2, 3)]


def test_a_service_may_be_a_name(resolve):
    assert resolve("getaddrinfo", NAME, "https", "AF_INET", "0") == f"{FOUND} 443 type 1 name -"


def test_a_service_that_does_not_exist_is_refused(resolve):
    assert resolve("getaddrinfo", NAME, "no-such-service", "AF_INET", "0", without="EAI_") == "EAI_SERVICE"


def test_the_canonical_name_is_the_name_that_is_bound(resolve):
    assert resolve("getaddrinfo", "DB.contoso.example.", "1", "AF_UNSPEC", "AI_CANONNAME") == (
        f"{FOUND} 1 type 1 name {NAME}")


def test_the_canonical_name_is_only_in_the_first_result(resolve):
    lines = resolve("getaddrinfo", NAME, "-", "AF_UNSPEC", "AI_CANONNAME").splitlines()
    assert lines == [f"{FOUND} 0 type 1 name {NAME}"]


@pytest.mark.parametrize("flags", [
    "AI_ADDRCONFIG", "AI_PASSIVE", "AI_V4MAPPED+AI_ADDRCONFIG", "AI_IDN", "AI_NUMERICSERV",
])
def test_other_flags_change_nothing(resolve, flags):
    assert resolve("getaddrinfo", NAME, "1", "AF_UNSPEC", flags) == f"{FOUND} 1 type 1 name -"


def test_a_machine_without_a_network_resolves_too(resolve):
    """There the C library drops addresses for programs that set AI_ADDRCONFIG."""
    alone = "unshare", "--map-root-user", "--net"
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may make no namespace")
    assert resolve("getaddrinfo", NAME, "1", "AF_INET", "AI_ADDRCONFIG", prefix=alone) == f"{FOUND} 1 type 1 name -"


@pytest.mark.parametrize("flags", ["AI_V4MAPPED", "AI_V4MAPPED+AI_ALL", "AI_V4MAPPED+AI_ADDRCONFIG"])
def test_ipv6_gets_the_mapped_address_when_it_asks_for_it(resolve, flags):
    assert resolve("getaddrinfo", NAME, "1", "AF_INET6", flags) == "inet6 ::ffff:127.77.1.2 1 type 1 name -"


def test_ipv6_gets_a_canonical_name_too(resolve):
    assert resolve("getaddrinfo", NAME, "1", "AF_INET6", "AI_V4MAPPED+AI_CANONNAME") == (
        f"inet6 ::ffff:127.77.1.2 1 type 1 name {NAME}")


@pytest.mark.parametrize("flags", ["0", "AI_ALL", "AI_CANONNAME"])
def test_ipv6_alone_has_no_address(resolve, flags):
    assert resolve("getaddrinfo", NAME, "1", "AF_INET6", flags) == "EAI_NODATA"


def test_a_name_where_a_number_is_wanted_is_refused_as_ever(same):
    assert same("getaddrinfo", NAME, "1", "AF_INET", "AI_NUMERICHOST") == "EAI_NONAME unresolved"


def test_a_family_that_has_no_names_is_refused_as_ever(same):
    assert same("getaddrinfo", NAME, "1", "AF_UNIX", "0") == "EAI_FAMILY"


def test_gethostbyname(resolve):
    assert resolve("gethostbyname", "Db.contoso.example.") == f"{NAME} {FOUND} length 4 aliases none"


def test_gethostbyname2(resolve):
    assert resolve("gethostbyname2", NAME, "AF_INET") == f"{NAME} {FOUND} length 4 aliases none"
    assert resolve("gethostbyname2", NAME, "AF_INET6") == "NO_DATA"


def test_gethostbyname_r(resolve):
    assert resolve("gethostbyname_r", NAME) == f"0 {NAME} {FOUND} length 4 aliases none"


def test_gethostbyname2_r(resolve):
    assert resolve("gethostbyname2_r", NAME, "AF_INET") == f"0 {NAME} {FOUND} length 4 aliases none"
    assert resolve("gethostbyname2_r", NAME, "AF_INET6") == "0 NO_DATA"


def test_a_buffer_of_any_size_and_alignment_is_filled_or_refused(resolve):
    """The largest is what the structures and the name take, with the padding of the worst alignment."""
    enough, worst = map(int, (word.strip(",") for word in resolve("sweep", NAME).split() if word.strip(",").isdigit()))
    assert 8 * 3 + 4 + len(NAME) < enough <= worst - 7 <= 100


@pytest.mark.parametrize("address", ["127.77.1.2", "::ffff:127.77.1.2"])
def test_gethostbyaddr(resolve, address):
    family, length = ("inet6", 16) if ":" in address else ("inet", 4)
    expected = f"{NAME} {family} {address} length {length} aliases none"
    assert resolve("gethostbyaddr", address) == expected
    assert resolve("gethostbyaddr_r", address) == f"0 {expected}"


def test_gethostbyaddr_r_refuses_a_small_buffer(resolve):
    assert resolve("gethostbyaddr_r", "127.77.1.2", "-", 200).startswith(f"0 {NAME}")
    assert resolve("gethostbyaddr_r", "127.77.1.2", "-", 20, without="NETDB_INTERNAL") == "34 NETDB_INTERNAL"


def test_gethostbyaddr_of_another_address_is_left_to_the_c_library(same):
    assert "localhost" in same("gethostbyaddr", "127.0.0.1")


# What an address without a name is shown as, where names are asked for by DNS and where they are not.
NAMELESS = r"^(::ffff:)?127\.77\.1\.2 |^EAI_AGAIN"


@pytest.mark.parametrize("address", ["127.77.1.2", "::ffff:127.77.1.2"])
def test_an_address_has_its_name(resolve, address):
    assert resolve("getnameinfo", address, "443", "0", without=NAMELESS) == f"{NAME} https"
    assert resolve("getnameinfo", address, "443", "NI_NUMERICSERV", without=NAMELESS) == f"{NAME} 443"
    assert resolve("getnameinfo", address, "-", "0", without=NAMELESS) == f"{NAME} -"
    assert resolve("getnameinfo", address, "53", "NI_DGRAM+NI_NOFQDN", without=NAMELESS) == f"{NAME} domain"


def test_an_address_has_its_name_where_one_is_required(resolve):
    assert resolve("getnameinfo", "127.77.1.2", "443", "NI_NAMEREQD") == f"{NAME} https"


def test_an_address_stays_a_number_where_one_is_wanted(same):
    assert same("getnameinfo", "127.77.1.2", "443", "NI_NUMERICHOST") == "127.77.1.2 https"


def test_a_name_that_does_not_fit_is_refused(resolve):
    size = len(NAME)
    assert resolve("getnameinfo", "127.77.1.2", "1", "0", size, without=NAMELESS) == "EAI_OVERFLOW"
    assert resolve("getnameinfo", "127.77.1.2", "1", "0", size + 1, without=NAMELESS).startswith(NAME)


def test_a_name_that_fits_where_the_number_does_not_is_returned(resolve, directory):
    directory.write_names(db="127.77.1.2")
    assert resolve("getnameinfo", "127.77.1.2", "-", "0", 3, without="EAI_OVERFLOW|EAI_AGAIN") == "db -"
