/* Writes down which functions of a program are called, in the order of their first call.
 *
 *     trace SYMBOLS OUT PROGRAM [ARGUMENT ...]
 *
 * SYMBOLS has a line for each function: its address in the file, in hexadecimal, and its name. Each gets a breakpoint, which
 * is taken away when it is hit first; so a program runs at nearly its full speed once it has begun. Linux on x86-64. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct function {
    uint64_t address;
    char *name;
    unsigned char byte;
    unsigned char is_seen;
};

static struct function *functions;
static size_t function_count;

static void fail(const char *what) {
    fprintf(stderr, "trace: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int by_address(const void *left, const void *right) {
    const struct function *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static void read_symbols(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) fail(path);
    static char line[65536];
    size_t room = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char *name;
        uint64_t address = strtoull(line, &name, 16);
        name += strspn(name, " ");
        name[strcspn(name, "\n")] = 0;
        if (function_count == room) {
            room = room == 0 ? 4096 : room * 2;
            functions = realloc(functions, room * sizeof *functions);
            if (functions == NULL) fail("memory");
        }
        functions[function_count++] = (struct function){address, strdup(name), 0, 0};
    }
    fclose(file);
    if (function_count == 0) fail("no symbols");
    qsort(functions, function_count, sizeof *functions, by_address);
    size_t kept = 1;
    for (size_t i = 1; i < function_count; i++)
        if (functions[i].address != functions[kept - 1].address) functions[kept++] = functions[i];
    function_count = kept;
}

static struct function *function_at(uint64_t address) {
    struct function key = {address, NULL, 0, 0};
    return bsearch(&key, functions, function_count, sizeof *functions, by_address);
}

/* Where the program was loaded. */
static uint64_t base_of(pid_t process) {
    char path[64], program[4096];
    static char line[65536];
    snprintf(path, sizeof path, "/proc/%d/exe", process);
    ssize_t length = readlink(path, program, sizeof program - 1);
    if (length < 0) fail(path);
    program[length] = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", process);
    FILE *file = fopen(path, "r");
    if (file == NULL) fail(path);
    uint64_t base = 0;
    while (base == 0 && fgets(line, sizeof line, file) != NULL)
        if (strstr(line, program) != NULL) base = strtoull(line, NULL, 16);
    fclose(file);
    return base;
}

static int set_breakpoints(pid_t process, uint64_t base) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", process);
    int memory = open(path, O_RDWR);
    if (memory < 0) fail(path);
    uint64_t begin = functions[0].address, end = functions[function_count - 1].address + 1;
    unsigned char *text = malloc(end - begin);
    if (text == NULL) fail("memory");
    if (pread(memory, text, end - begin, (off_t)(base + begin)) != (ssize_t)(end - begin)) fail("reading code");
    for (size_t i = 0; i < function_count; i++) {
        functions[i].byte = text[functions[i].address - begin];
        text[functions[i].address - begin] = 0xCC;
    }
    if (pwrite(memory, text, end - begin, (off_t)(base + begin)) != (ssize_t)(end - begin)) fail("writing code");
    free(text);
    return memory;
}

/* Whether the stop was a breakpoint of ours. */
static int passed(pid_t thread, int memory, uint64_t base, FILE *output) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, thread, 0, &registers) != 0) return 0;
    struct function *function = function_at(registers.rip - 1 - base);
    if (function == NULL) return 0;
    if (!function->is_seen) {
        function->is_seen = 1;
        if (pwrite(memory, &function->byte, 1, (off_t)(base + function->address)) != 1) fail("writing code");
        fprintf(output, "%s\n", function->name);
    }
    registers.rip--;
    return ptrace(PTRACE_SETREGS, thread, 0, &registers) == 0;
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: trace SYMBOLS OUT PROGRAM [ARGUMENT ...]\n");
        return 2;
    }
    read_symbols(words[1]);
    FILE *output = fopen(words[2], "w");
    if (output == NULL) fail(words[2]);
    pid_t process = fork();
    if (process < 0) fail("fork");
    if (process == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(126);
        execv(words[3], words + 3);
        _exit(127);
    }
    int status;
    if (waitpid(process, &status, 0) != process || !WIFSTOPPED(status)) fail("the program did not start");
    if (ptrace(PTRACE_SETOPTIONS, process, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0) fail("ptrace");
    uint64_t base = base_of(process);
    int memory = set_breakpoints(process, base);
    ptrace(PTRACE_CONT, process, 0, 0);
    for (;;) {
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0) break;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == process) break;
            continue;
        }
        int signal = WSTOPSIG(status), is_event = status >> 16 != 0;
        if (signal == SIGTRAP && !is_event) passed(thread, memory, base, output);
        if (signal == SIGTRAP || signal == SIGSTOP) signal = 0;
        ptrace(PTRACE_CONT, thread, 0, signal);
    }
    return fclose(output) != 0;
}
