// SPDX-License-Identifier: GPL-3.0-or-later
// JavaFtpd HOST PORT FIRST LAST DIR P12 MODE...: serve DIR by the TLS of the JDK.
//
// FIRST-LAST are the passive ports; P12 holds key and certificate, with the
// password "p12".  A MODE is "implicit" or "tls12".  The user is test, the
// password comes in $PASSWORD.  What the JDK does and others do not: under
// TLS 1.3 its close() says user_canceled before close_notify.
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.security.KeyStore;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.*;

public class JavaFtpd implements Runnable {
	static final DateTimeFormatter STAMP = DateTimeFormatter
	    .ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.UTC);
	static InetAddress host;
	static int first, last;
	static final AtomicInteger next = new AtomicInteger();
	static Path root;
	static String password;
	static boolean implicit;
	static String[] protocols;
	static SSLContext tls;

	Socket control;
	InputStream in;
	OutputStream out;
	ServerSocket passive;
	Path cwd = root, from;
	long restart;
	boolean user;

	public static void main(String[] args) throws Exception {
		List<String> modes = Arrays.asList(args).subList(6, args.length);

		host = InetAddress.getByName(args[0]);
		first = Integer.parseInt(args[2]);
		last = Integer.parseInt(args[3]);
		root = Paths.get(args[4]);
		password = System.getenv("PASSWORD");
		implicit = modes.contains("implicit");
		protocols = modes.contains("tls12") ?
		    new String[] { "TLSv1.2" } :
		    new String[] { "TLSv1.2", "TLSv1.3" };
		tls = context(args[5]);
		try (ServerSocket server = new ServerSocket(
		    Integer.parseInt(args[1]), 50, host)) {
			for (;;)
				new Thread(new JavaFtpd(server.accept()))
				    .start();
		}
	}

	static SSLContext context(String file) throws Exception {
		KeyStore store = KeyStore.getInstance("PKCS12");
		KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
		SSLContext context = SSLContext.getInstance("TLS");

		try (InputStream data = new FileInputStream(file)) {
			store.load(data, "p12".toCharArray());
		}
		keys.init(store, "p12".toCharArray());
		context.init(keys.getKeyManagers(), null, null);
		return context;
	}

	static Socket secure(Socket plain) throws IOException {
		SSLSocket socket = (SSLSocket)tls.getSocketFactory()
		    .createSocket(plain, null, true);

		socket.setEnabledProtocols(protocols);
		socket.startHandshake();
		return socket;
	}

	JavaFtpd(Socket socket) {
		control = socket;
	}

	public void run() {
		try (Socket plain = control) {
			if (implicit)
				take(secure(plain));
			else
				take(plain);
			reply("220 ready");
			for (String line; (line = line()) != null; )
				obey(line);
			control.close();
		} catch (Exception e) {
			System.out.println(e);
		}
	}

	void take(Socket socket) throws IOException {
		control = socket;
		in = new BufferedInputStream(socket.getInputStream());
		out = socket.getOutputStream();
	}

	String line() throws IOException {
		ByteArrayOutputStream line = new ByteArrayOutputStream();

		for (int c; (c = in.read()) != '\n'; ) {
			if (c == -1)
				return null;
			if (c != '\r')
				line.write(c);
		}
		return line.toString(StandardCharsets.UTF_8);
	}

	void reply(String text) throws IOException {
		System.out.println(text);
		out.write((text + "\r\n").getBytes(StandardCharsets.UTF_8));
	}

	void obey(String line) throws IOException {
		String[] words = line.split(" ", 2);
		String verb = words[0].toUpperCase();
		String arg = words.length > 1 ? words[1] : "";

		System.out.println(verb.equals("PASS") ? verb : line);
		try {
			if (!(control instanceof SSLSocket) &&
			    !verb.equals("AUTH") && !verb.equals("QUIT"))
				reply("530 AUTH first");
			else if (user || "AUTH USER PASS PBSZ PROT FEAT QUIT"
			    .contains(verb))
				act(verb, arg);
			else
				reply("530 log in first");
		} catch (NoSuchFileException e) {
			reply("550 no such file");
		} catch (FileSystemException e) {
			reply("550 " + e.getClass().getSimpleName());
		}
	}

	void act(String verb, String arg) throws IOException {
		switch (verb) {
		case "AUTH":
			reply("234 go ahead");
			take(secure(control));
			break;
		case "USER": reply("331 password"); break;
		case "PASS":
			user = arg.equals(password);
			reply(user ? "230 welcome" : "530 wrong");
			break;
		case "PBSZ": reply("200 PBSZ=0"); break;
		case "PROT":
			reply(arg.equals("P") ? "200 private" : "536 only P");
			break;
		case "FEAT":
			reply("211-features\r\n MLST type*;size*;modify*;\r\n" +
			    " UTF8\r\n SIZE\r\n MDTM\r\n MFMT\r\n" +
			    " REST STREAM\r\n EPSV\r\n211 end");
			break;
		case "OPTS": case "TYPE": case "NOOP": reply("200 ok"); break;
		case "SYST": reply("215 UNIX Type: L8"); break;
		case "PWD": reply("257 \"" + name(cwd) + "\""); break;
		case "CWD":
			if (!Files.isDirectory(path(arg)))
				throw new NoSuchFileException(arg);
			cwd = path(arg);
			reply("250 changed");
			break;
		case "EPSV": listen(); break;
		case "REST":
			restart = Long.parseLong(arg);
			reply("350 restarting");
			break;
		case "MLSD": case "LIST": case "NLST":
			send(listing(verb, path(arg)));
			break;
		case "RETR": send(reader(path(arg))); break;
		case "STOR": receive(path(arg)); break;
		case "MLST":
			reply("250-facts\r\n " + facts(path(arg), arg) +
			    "\r\n250 end");
			break;
		case "SIZE":
			if (!Files.isRegularFile(path(arg)))
				throw new NoSuchFileException(arg);
			reply("213 " + Files.size(path(arg)));
			break;
		case "MDTM": reply("213 " + stamp(path(arg))); break;
		case "MFMT":
			Files.setLastModifiedTime(path(arg.substring(15)),
			    FileTime.from(ZonedDateTime.parse(arg.substring(0,
			    14), STAMP).toInstant()));
			reply("213 set");
			break;
		case "DELE":
			if (Files.isDirectory(path(arg)))
				throw new NotDirectoryException(arg);
			Files.delete(path(arg));
			reply("250 deleted");
			break;
		case "MKD":
			Files.createDirectory(path(arg));
			reply("257 \"" + name(path(arg)) + "\" made");
			break;
		case "RMD":
			if (!Files.isDirectory(path(arg)))
				throw new NotDirectoryException(arg);
			Files.delete(path(arg));
			reply("250 removed");
			break;
		case "RNFR":
			from = path(arg);
			if (!Files.exists(from))
				throw new NoSuchFileException(arg);
			reply("350 and to");
			break;
		case "RNTO":
			Files.move(from, path(arg),
			    StandardCopyOption.REPLACE_EXISTING,
			    StandardCopyOption.ATOMIC_MOVE);
			reply("250 renamed");
			break;
		case "QUIT":
			reply("221 bye");
			control.close();
			throw new EOFException("quit");
		default:
			reply("502 unknown command");
		}
	}

	Path path(String name) {
		Path p = name.startsWith("/") ? root.resolve(name.substring(1)) :
		    cwd.resolve(name);

		p = p.normalize();
		return p.startsWith(root) ? p : root;
	}

	String name(Path p) {
		return ("/" + root.relativize(p)).replace("\"", "\"\"");
	}

	static String stamp(Path p) throws IOException {
		return STAMP.format(Files.getLastModifiedTime(p).toInstant());
	}

	static String facts(Path p, String name) throws IOException {
		return (Files.isDirectory(p) ? "type=dir;" : "type=file;size=" +
		    Files.size(p) + ";") + "modify=" + stamp(p) + "; " + name;
	}

	InputStream listing(String verb, Path dir) throws IOException {
		StringBuilder text = new StringBuilder();

		if (!Files.isDirectory(dir))
			throw new NotDirectoryException(dir.toString());
		if (verb.equals("LIST"))
			throw new AccessDeniedException("MLSD serves");
		try (Stream<Path> below = Files.list(dir)) {
			for (Path p : (Iterable<Path>)below::iterator) {
				String name = p.getFileName().toString();

				if (Files.isSymbolicLink(p))
					continue;
				text.append(verb.equals("NLST") ? name :
				    facts(p, name)).append("\r\n");
			}
		}
		return new ByteArrayInputStream(text.toString().getBytes(
		    StandardCharsets.UTF_8));
	}

	InputStream reader(Path p) throws IOException {
		if (!Files.isRegularFile(p))
			throw new NoSuchFileException(p.toString());
		InputStream data = Files.newInputStream(p);

		data.skip(restart);
		restart = 0;
		return data;
	}

	void listen() throws IOException {
		if (passive != null)
			passive.close();
		passive = null;
		while (passive == null) {
			try {
				passive = new ServerSocket(first + next
				    .getAndIncrement() % (last - first), 5,
				    host);
			} catch (BindException e) {
				continue;
			}
		}
		passive.setSoTimeout(20000);
		reply("229 extended (|||" + passive.getLocalPort() + "|)");
	}

	Socket data() throws IOException {
		try (ServerSocket listener = passive) {
			passive = null;
			Socket plain = listener.accept();
			reply("150 here it comes");
			return secure(plain);
		}
	}

	void send(InputStream from) throws IOException {
		try (InputStream source = from; Socket socket = data()) {
			source.transferTo(socket.getOutputStream());
		} catch (IOException e) {
			reply("426 " + e.getMessage());
			return;
		}
		reply("226 sent");
	}

	void receive(Path p) throws IOException {
		try (RandomAccessFile file = new RandomAccessFile(p.toFile(),
		    "rw"); Socket socket = data()) {
			byte[] buffer = new byte[65536];

			file.setLength(restart);
			file.seek(restart);
			restart = 0;
			for (int n; (n = socket.getInputStream().read(buffer))
			    > 0; )
				file.write(buffer, 0, n);
		} catch (FileNotFoundException e) {
			reply("553 cannot create");
			return;
		} catch (IOException e) {
			reply("426 " + e.getMessage());
			return;
		}
		reply("226 stored");
	}
}
