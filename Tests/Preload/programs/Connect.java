import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Connects with a socket and with a channel, says hello, and prints what comes back. */
public class Connect {
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        if (address.isUnresolved()) {
            System.out.println("unresolved");
            return;
        }
        try (Socket socket = new Socket()) {
            socket.connect(address, 5000);
            socket.getOutputStream().write("hello".getBytes());
            System.out.println("socket " + new String(socket.getInputStream().readNBytes(5)));
        } catch (IOException error) {
            System.out.println("socket " + error.getMessage());
        }
        try (SocketChannel channel = SocketChannel.open(address)) {
            channel.write(ByteBuffer.wrap("hello".getBytes()));
            ByteBuffer received = ByteBuffer.allocate(5);
            while (received.hasRemaining() && channel.read(received) >= 0) {
            }
            System.out.println("channel " + new String(received.array()));
        } catch (IOException error) {
            System.out.println("channel " + error.getMessage());
        }
    }
}
